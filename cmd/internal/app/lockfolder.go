package app

import (
	"sync"

	"hatstand/cache/lock"
)

// A LockFolder is the folder of locks, which is also that of spent codes, opened when it is first wanted. Its
// methods may be called at the same time.
type LockFolder struct {
	world    World
	settings *Settings

	once  sync.Once
	locks *lock.Locks
	err   error
}

// NewLockFolder opens nothing yet.
func NewLockFolder(w World, s *Settings) *LockFolder {
	return &LockFolder{world: w, settings: s}
}

// Open opens the folder.
func (f *LockFolder) Open() (*lock.Locks, error) {
	f.once.Do(func() {
		f.locks, f.err = lock.Open(f.world.Getenv("XDG_RUNTIME_DIR"), f.settings.Environment().StateDir())
	})
	return f.locks, f.err
}
