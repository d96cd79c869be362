package prompt

import (
	"path/filepath"

	"hatstand/mfa"
)

// Ledger is the list of spent codes. It is in the folder of the locks.
func (a *Prompts) Ledger() mfa.Ledger {
	dir := a.Settings.Environment().StateDir()
	if locks, err := a.Locks.Open(); err == nil {
		dir = locks.Folder()
	}
	return mfa.Ledger{Dir: filepath.Join(dir, "spent")}
}
