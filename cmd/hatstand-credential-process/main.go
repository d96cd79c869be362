// Hatstand-credential-process prints cached AWS credentials for credential_process, and starts hatstand for
// everything else:
//
//	hatstand-credential-process [PROFILE]
//
// It takes what hatstand credential-process takes and gives the same answers. Package cached is the program.
package main

import (
	"context"
	"os"
	"runtime"
	"time"

	"hatstand/cmd/internal/cached"
	"hatstand/cmd/internal/harden"
)

func main() {
	harden.Memory()
	os.Exit(cached.Run(context.Background(), cached.World{
		Args:       os.Args,
		Getenv:     os.Getenv,
		Environ:    os.Environ,
		GOOS:       runtime.GOOS,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		Now:        time.Now,
		Executable: os.Executable,
		Become:     cached.Become,
	}))
}
