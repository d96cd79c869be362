package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"hatstand/cache/backend"
	"hatstand/cache/folder"
)

// A Record is the choice of a keyring that was made on this machine: StateDir/backend, whose first line is "BACKEND"
// or "secret-service COLLECTION". While a migration is not finished, a second line, "copies BACKEND", names the other
// keyring, which has copies of what the one in use has.
type Record struct {
	Place
	Copies Place  // the zero Place: no migration is unfinished
	Path   string // "" if there is no record
}

// A Place is a backend, and which collection of it.
type Place struct{ Backend, Collection string }

const (
	recordFile = "backend"
	copies     = "copies "
)

// ReadRecord reads the record; the zero Record if there is none.
func ReadRecord(stateDir string) (Record, error) {
	if stateDir == "" {
		return Record{}, nil
	}
	path := filepath.Join(stateDir, recordFile)
	err := folder.Check(stateDir)
	var b []byte
	if err == nil {
		b, err = folder.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, nil
	}
	if err == nil {
		var r Record
		if r, err = parseRecord(string(b)); err == nil {
			r.Path = path
			return r, nil
		}
	}
	if unsafe := (*folder.Error)(nil); errors.As(err, &unsafe) && !unsafe.File {
		return Record{}, &Error{Kind: Denied, Op: "open", Need: backend.NeedSafeFolder, Subject: stateDir, Err: err}
	}
	return Record{}, &Error{Op: "open", Need: backend.NeedNewRecord, Subject: path, Err: fmt.Errorf("%s: %w", path, err)}
}

func parseRecord(text string) (r Record, err error) {
	first, rest, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "\n")
	if r.Place, err = parsePlace(first); err != nil || rest == "" {
		return r, err
	}
	old, ok := strings.CutPrefix(rest, copies)
	if !ok {
		return Record{}, fmt.Errorf("%q does not name a keyring", text)
	}
	r.Copies, err = parsePlace(old)
	return r, err
}

func parsePlace(text string) (Place, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > 2 {
		return Place{}, fmt.Errorf("%q does not name a keyring", text)
	}
	p := Place{Backend: fields[0]}
	if !known(p.Backend) {
		return Place{}, unknown(p.Backend, "")
	}
	if len(fields) == 2 {
		name, ok := decode(fields[1])
		if !ok {
			return Place{}, fmt.Errorf("%q does not name a collection", fields[1])
		}
		p.Collection = name
	}
	return p, nil
}

func (p Place) String() string {
	if p.Collection == "" {
		return p.Backend
	}
	return p.Backend + " " + encode(p.Collection)
}

func (r Record) String() string {
	text := r.Place.String() + "\n"
	if r.Copies.Backend != "" {
		text += copies + r.Copies.String() + "\n"
	}
	return text
}

// Save replaces the record, whole or not at all.
func (r Record) Save(stateDir string) error {
	if err := folder.Make(stateDir); err != nil {
		return err
	}
	return folder.WriteFile(filepath.Join(stateDir, recordFile), []byte(r.String()))
}

// recordFirst writes the choice unless another process was quicker, and returns the choice that is now recorded.
func recordFirst(stateDir string, p Place) (Place, error) {
	if stateDir == "" {
		return p, nil
	}
	if err := folder.Make(stateDir); err != nil {
		return Place{}, err
	}
	err := folder.CreateFile(filepath.Join(stateDir, recordFile), []byte(Record{Place: p}.String()))
	if errors.Is(err, fs.ErrExist) {
		r, err := ReadRecord(stateDir)
		return r.Place, err
	}
	return p, err
}
