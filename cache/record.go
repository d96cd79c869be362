package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// A record is the choice that was made on this machine: StateDir/backend, one line,
// "BACKEND" or "secret-service COLLECTION".
type record struct {
	backend    string
	collection string
	path       string
}

const recordFile = "backend"

func readRecord(stateDir string) (record, error) {
	if stateDir == "" {
		return record{}, nil
	}
	path := filepath.Join(stateDir, recordFile)
	b, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	if err == nil {
		var r record
		if r, err = parseRecord(string(b)); err == nil {
			r.path = path
			return r, nil
		}
	}
	return record{}, &UnavailableError{
		Op: "open", Err: fmt.Errorf("%s: %w", path, err),
		hints: []string{"remove " + path + " to have the keyring chosen again, or set HATSTAND_BACKEND to the one that holds the keys"},
	}
}

func parseRecord(text string) (record, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > 2 {
		return record{}, fmt.Errorf("%q does not name a keyring", text)
	}
	r := record{backend: fields[0]}
	if !slices.Contains(Backends(), r.backend) {
		return record{}, &UnknownBackendError{Name: r.backend}
	}
	if len(fields) == 2 {
		name, ok := decode(fields[1])
		if !ok {
			return record{}, fmt.Errorf("%q does not name a collection", fields[1])
		}
		r.collection = name
	}
	return r, nil
}

func (r record) String() string {
	if r.collection == "" {
		return r.backend + "\n"
	}
	return r.backend + " " + encode(r.collection) + "\n"
}

// writeRecord writes the choice unless another process was quicker, and returns what now stands.
func writeRecord(stateDir string, r record) (record, error) {
	if stateDir == "" {
		return r, nil
	}
	if err := makeFolder(stateDir); err != nil {
		return record{}, err
	}
	err := createFile(filepath.Join(stateDir, recordFile), []byte(r.String()))
	if errors.Is(err, fs.ErrExist) {
		return readRecord(stateDir)
	}
	return r, err
}
