package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pquerna/otp/totp"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
)

// Names in the demo's home.
const (
	caFile   = "aws-ca.pem"
	seedFile = ".phone" // the seed of the device that the command phone plays
	keyFile  = "alice_accessKeys.csv"
)

// promptWord begins the prompt of the demo's shell.
const promptWord = "(hatstand demo)"

// writeHome fills the home folder: what AWS's files and a shell have there, and the programs of the demo's own.
func (d *demo) writeHome() error {
	files := map[string]string{
		".aws/config": d.config,
		caFile:        string(d.proxy.CA),
		".bashrc":     "PS1='" + promptWord + " \\w \\$ '\n",
		".zshrc":      "PROMPT='" + promptWord + " %~ %# '\n",
		".config/fish/config.fish": "set -g fish_greeting\nfunction fish_prompt\n    echo -n '" + promptWord +
			" '(prompt_pwd)' > '\nend\n",
	}
	if d.kind.shell && !d.kind.sso {
		bob := d.aws.AddUser(userAccount, "bob").AddKey()
		files[".aws/credentials"] = fmt.Sprintf("[bob]\naws_access_key_id = %s\naws_secret_access_key = %s\n", bob.ID,
			bob.Secret)
		files[keyFile] = fmt.Sprintf("Access key ID,Secret access key\r\n%s,%s\r\n", d.key.ID, d.key.Secret)
		files[seedFile] = d.device.Seed
	}
	// At its first start fish fills the last one in the background, long after the demo's end, unless it is there.
	for _, dir := range []string{"run", "bin", ".local/share/fish/generated_completions"} {
		if err := os.MkdirAll(filepath.Join(d.home, dir), 0o700); err != nil {
			return err
		}
	}
	for name, text := range files {
		path := filepath.Join(d.home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	if d.device != nil {
		if err := d.addProgram("phone", "demo --phone"); err != nil {
			return err
		}
	}
	return d.nameIt()
}

// nameIt makes "hatstand" this program in the demo's world, whatever its file is called and whichever is installed.
func (d *demo) nameIt() error {
	if d.world.GOOS == "windows" {
		return d.addProgram("hatstand", "")
	}
	return os.Symlink(d.self, filepath.Join(d.home, "bin", "hatstand"))
}

// selfVariable has the path of this program, on Windows: a batch file is read in the console's code page, which lacks
// the letters of many paths.
const selfVariable = "DEMO_HATSTAND"

// addProgram makes a command of the demo's world that starts this program with some words and its own arguments.
func (d *demo) addProgram(name, words string) error {
	path := filepath.Join(d.home, "bin", name)
	if d.world.GOOS == "windows" {
		return os.WriteFile(path+".cmd", []byte("@\"%"+selfVariable+"%\" "+words+" %*\r\n"), 0o600)
	}
	word, err := app.CommandWord(d.self, d.world.GOOS)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte("#!/bin/sh\nexec "+word+" "+words+" \"$@\"\n"), 0o700)
}

// phone shows what an MFA device shows: the code of now, and the one that comes next.
func phone(w app.World) error {
	home := w.Getenv("HOME")
	seed, err := os.ReadFile(filepath.Join(home, seedFile))
	if err != nil {
		return &ui.UsageError{Reason: "there is no phone here: it is in the demo's shell", Next: "hatstand demo --shell"}
	}
	const step = 30 * time.Second
	now := w.Now()
	var codes [2]string
	for i := range codes {
		if codes[i], err = totp.GenerateCode(string(seed), now.Add(time.Duration(i)*step)); err != nil {
			return err
		}
	}
	left := step - now.Sub(now.Truncate(step))
	fmt.Fprintf(w.Stdout, "%s for %d s more, then %s\n", codes[0], int(left.Round(time.Second)/time.Second), codes[1])
	return nil
}
