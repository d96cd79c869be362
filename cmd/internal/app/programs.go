package app

import (
	"os"
	"path/filepath"
	"strings"
)

// SmallProgram serves cached credentials, and starts hatstand for everything else.
const SmallProgram = "hatstand-credential-process"

// CredentialProcess is what a credential_process begins with, before the profile's name: the small program where it
// lies beside this one, else hatstand credential-process. On Windows a folder with a blank is given by its short name,
// where it has one: most SDKs start the line by cmd.exe, and some spoil its quotes
// (https://github.com/aws/aws-sdk-go-v2/issues/3208, https://github.com/aws/aws-tools-for-powershell/issues/393).
func CredentialProcess(w World) (string, error) {
	self, err := LastingSelf(w)
	if err != nil {
		return "", err
	}
	if small, ok := SmallBeside(self); ok {
		return CommandWord(shortFolder(small), w.GOOS)
	}
	word, err := CommandWord(shortFolder(self), w.GOOS)
	return word + " credential-process", err
}

// SmallBeside is the small program in the folder of hatstand, whose path is given. It looks for hatstand by its name,
// so that a hatstand by another one has none.
func SmallBeside(hatstand string) (path string, ok bool) {
	name := filepath.Base(hatstand)
	if strings.TrimSuffix(name, ".exe") != "hatstand" {
		return "", false
	}
	path = filepath.Join(filepath.Dir(hatstand), SmallProgram+strings.TrimPrefix(name, "hatstand"))
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}
