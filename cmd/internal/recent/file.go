package recent

import (
	"path/filepath"
	"time"

	"hatstand/cache/folder"
)

// fileName is the file in the state folder.
const fileName = "recent"

// Read is the history in a state folder; none where there is no file of ours that can be read.
func Read(stateDir string) History {
	if stateDir == "" || folder.Check(stateDir) != nil {
		return nil
	}
	path := filepath.Join(stateDir, fileName)
	f, err := folder.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || folder.CheckFile(path, info) != nil {
		return nil
	}
	data, err := folder.ReadUpTo(f, largestFile+1)
	if err != nil {
		return nil
	}
	return decode(data)
}

// Add writes uses into a state folder, as [History.With] takes them. It takes no lock: of two processes that do so at
// the same time, one's may be lost.
func Add(stateDir string, now time.Time, uses ...Use) error {
	if stateDir == "" || len(uses) == 0 {
		return nil
	}
	h := Read(stateDir)
	for _, u := range uses {
		h = h.With(u, now)
	}
	data, err := encode(h)
	if err != nil {
		return err
	}
	if err := folder.Make(stateDir); err != nil {
		return err
	}
	return folder.WriteFileSoon(filepath.Join(stateDir, fileName), data)
}
