package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// A journal says, from the first write to the last deletion, what is on its way: StateDir/migrating, a
// record's line for each end, and the name of an item on each further one: where the new keyring fails
// later, they alone tell what has gone there.
type journal struct {
	from, to record
	items    []string
}

func (j journal) String() string {
	lines := j.from.String() + j.to.String()
	for _, name := range j.items {
		lines += name + "\n"
	}
	return lines
}

const journalFile = "migrating"

// journey decides where from. The keyring that is named is the one in use; one who has named the new one
// already means the recorded one.
func (o Options) journey(to string) (j journal, resumed bool, err error) {
	if !known(to) {
		return j, false, &UnknownBackendError{Name: to, From: "--to"}
	}
	begun, err := readJournal(o.StateDir)
	if err != nil {
		return j, false, err
	}
	if begun != nil {
		if begun.to.backend != to {
			return j, false, &MigrationError{
				fmt.Sprintf("one from %s to %s was interrupted", begun.from.backend, begun.to.backend),
				[]string{"finish it first: hatstand keys migrate --to " + begun.to.backend, "or go back to " + begun.from.backend + ": hatstand keys migrate --abandon"},
			}
		}
		return *begun, true, nil
	}
	recorded, err := readRecord(o.StateDir)
	if err != nil {
		return j, false, err
	}
	j.from, j.to = recorded, record{backend: to}
	if o.Backend != "" && o.Backend != to {
		j.from = record{backend: o.Backend}
		if o.Backend == recorded.backend {
			j.from.collection = recorded.collection
		}
	}
	switch {
	case !known(cmpOr(j.from.backend, to)):
		return j, false, &UnknownBackendError{Name: j.from.backend, From: o.BackendFrom}
	case j.from.backend == to:
		return j, false, &MigrationError{fmt.Sprintf("%s is the keyring in use", to), []string{"hatstand doctor shows which there are"}}
	case j.from.backend == "":
		return j, false, &MigrationError{"no keyring is in use yet, so there is nothing to move", []string{"hatstand keys add PROFILE stores keys; HATSTAND_BACKEND=" + to + " names the keyring for them"}}
	}
	return j, false, nil
}

func readJournal(stateDir string) (*journal, error) {
	path := filepath.Join(stateDir, journalFile)
	b, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var j journal
	if err == nil {
		from, rest, _ := strings.Cut(string(b), "\n")
		to, items, _ := strings.Cut(rest, "\n")
		j.items = strings.Fields(items)
		if j.from, err = parseRecord(from); err == nil {
			j.to, err = parseRecord(to)
		}
	}
	if err != nil {
		return nil, &MigrationError{
			fmt.Sprintf("%s cannot be read: %s", path, oneLine(err)),
			[]string{"it says that a migration was interrupted; remove it once hatstand keys list shows all keys with HATSTAND_BACKEND set to each keyring"},
		}
	}
	return &j, nil
}

// Interrupted tells of a migration that was not finished: where from and where to; "" if there is none.
func Interrupted(o Options) (from, to string) {
	j, err := readJournal(o.StateDir)
	if err != nil || j == nil {
		return "", ""
	}
	return j.from.backend, j.to.backend
}
