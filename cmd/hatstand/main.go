// Hatstand reads AWS profiles, asks for MFA once, assumes roles along chains and across accounts, keeps keys and
// sessions in the operating system's keyring, and hands temporary credentials to the AWS CLI, the SDKs and any command.
//
// The world (environment, terminal, clock, network) enters in this file and nowhere else; root.go is the tree of verbs.
// Errors travel up to ui.Report unprinted.
package main

import (
	"context"
	"net/http"
	"os"
	"os/user"
	"runtime"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/harden"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

func main() { os.Exit(start(system())) }

// start is main in a given world.
func start(w app.World) (code int) {
	w.Getenv = settings.WithHome(w.Getenv, w.GOOS, w.UserHome)
	harden.Memory()
	return run(context.Background(), w)
}

// system is the world as the operating system has it.
func system() app.World {
	return app.World{
		Args:     os.Args[1:],
		Getenv:   os.Getenv,
		Environ:  os.Environ,
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Terminal: mfa.OpenTTY,
		Now:      time.Now,
		After:    time.After,
		GOOS:     runtime.GOOS,
		Self:     self,
		UserName: userName,
		UserHome: userHome,
		ReadFile: os.ReadFile,
		Proxy:    http.ProxyFromEnvironment,
	}
}

// run is the whole program but its exit.
func run(ctx context.Context, w app.World) int {
	s, log := app.NewSettings(w), app.NewLog(w)
	err := rootCommand(w, s, verbs(w, s, log)).ExecuteContext(ctx)
	log.Close()
	if err == nil {
		return 0
	}
	return ui.Report(w.Stderr, err)
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

// userHome is the home that the user database has for this user; "": none.
func userHome() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.HomeDir
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
