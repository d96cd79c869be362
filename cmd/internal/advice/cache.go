package advice

import (
	"errors"
	"fmt"
	"strings"

	"hatstand/cache"
	"hatstand/cache/awsvault"
	"hatstand/cache/backend"
	"hatstand/cache/lock"
	"hatstand/cache/migrate"
)

func cacheError(err error) (answer, bool) {
	switch e := err.(type) {
	case *cache.Error:
		return keyringError(e), true
	case *awsvault.Error:
		return answer{rank: locked, exit: Keyring, hints: vaultHints(e)}, true
	case *migrate.Error:
		return migrationError(e), true
	case *cache.FolderError:
		return answer{rank: none, hints: folderHints(e)}, true
	case *lock.HeldError:
		if e.PID != 0 {
			return answer{rank: none, hints: []string{fmt.Sprintf("answer its prompt; if it hangs, end it: kill -9 %d", e.PID)}}, true
		}
	}
	return answer{}, false
}

func folderHints(e *cache.FolderError) []string {
	switch {
	case e.File:
		return []string{"ls -l " + e.Path + " shows it; nothing of hatstand's is lost if it is moved away"}
	case e.Fix != "":
		return []string{e.Fix}
	}
	return nil
}

func keyringError(e *cache.Error) answer {
	switch e.Kind {
	case cache.UnknownBackend:
		return answer{rank: usage, exit: Usage, hints: []string{"backends here: " + strings.Join(cache.Backends(), ", ")}}
	case cache.Corrupt:
		return answer{rank: locked, exit: Keyring, hints: corruptHints(e)}
	case cache.Newer:
		return answer{rank: locked, exit: Keyring, hints: []string{"upgrade this hatstand: hatstand doctor tells if there is another one"}}
	case cache.NoPassphrase, cache.WrongPassphrase, cache.PassphraseDeclined:
		return answer{rank: locked, exit: Keyring, hints: passphraseHints(e)}
	}
	return answer{rank: unreachable, exit: Keyring, hints: unavailableHints(e)}
}

// corruptHints are the commands that store the item again.
func corruptHints(e *cache.Error) []string {
	if who, ok := strings.CutPrefix(e.Item, "keys of "); ok {
		return []string{"hatstand keys add --replace " + who + " stores them again"}
	}
	if who, ok := strings.CutPrefix(e.Item, "MFA seed of "); ok {
		return []string{"hatstand mfa add " + who + " stores it again"}
	}
	return nil
}

// passphraseHints returns the hints of the underlying error, if there are any.
func passphraseHints(e *cache.Error) []string {
	if hints := Hints(e.Err); len(hints) > 0 {
		return hints
	}
	switch e.Kind {
	case cache.PassphraseDeclined:
		return nil
	case cache.WrongPassphrase:
		return []string{"run it again with the right one: from HATSTAND_FILE_PASSPHRASE if that is set, else typed at a terminal"}
	}
	return []string{"set HATSTAND_FILE_PASSPHRASE, or run hatstand login PROFILE at a terminal"}
}

// AnotherKeyring is the hint that leads to the keyring that works everywhere.
const AnotherKeyring = "HATSTAND_BACKEND=file uses an encrypted folder instead (keys have to be added there again)"

func unavailableHints(e *cache.Error) []string {
	switch e.Need {
	case backend.NeedProgram:
		if e.Subject == "pass" {
			return []string{"install pass, and run pass init KEY with a GnuPG key of yours", AnotherKeyring}
		}
		return []string{"install " + e.Subject, AnotherKeyring}
	case backend.NeedStore:
		return []string{"make a store: pass init KEY, with a GnuPG key of yours (gpg --list-secret-keys shows them, gpg --quick-gen-key NAME makes one)", AnotherKeyring}
	case backend.NeedMending:
		return []string{"run pass ls, and repair what it names", AnotherKeyring}
	case backend.NeedSecretKey:
		return []string{"gpg --import FILE adds the secret key; gpg --list-secret-keys shows those that are here; gpg --quick-set-expire KEY 1y renews one", AnotherKeyring}
	case backend.NeedPermission:
		return []string{"ls -ld " + e.Subject + " shows who may use it"}
	case backend.NeedWritable:
		return []string{"make " + e.Subject + " a folder that can be written to, or name another by XDG_DATA_HOME; nothing that was stored is lost"}
	case backend.NeedSpace:
		return []string{"df " + e.Subject + " shows whether there is room; nothing that was stored is lost"}
	case backend.NeedBackup:
		return []string{"restore " + e.Subject + " from a backup; without it the stored items cannot be opened"}
	case backend.NeedSafeFolder:
		var folder *cache.FolderError
		if errors.As(e.Err, &folder) {
			return folderHints(folder)
		}
	case backend.NeedNewRecord:
		return []string{"remove " + e.Subject + " to have the keyring chosen again, or set HATSTAND_BACKEND to the one that holds the keys"}
	case backend.NeedCollection:
		if names := strings.Split(e.Subject, "\n"); e.Subject != "" {
			return []string{"[hatstand] secret_service_collection = NAME names one that is there: " + strings.Join(names, ", "), AnotherKeyring}
		}
	case backend.NeedConfirmation:
		return []string{"allow it in the keyring's window; KeePassXC asks for each process anew unless " +
			"\"Confirm when passwords are retrieved by clients\" is unchecked in its settings", AnotherKeyring}
	case backend.NeedSwitchOn:
		return []string{"switch the wallet on: KDE's System Settings, KDE Wallet", AnotherKeyring}
	case backend.NeedChoice:
		return []string{"HATSTAND_BACKEND=NAME picks one: " + strings.Join(cache.Backends(), ", ")}
	}
	return backendHints(e.Backend, e.Kind)
}

// backendHints are what to try with a backend, whatever it lacks.
func backendHints(name string, kind cache.Kind) []string {
	switch name {
	case "secret-service":
		switch kind {
		case cache.Absent:
			return []string{"run it inside a desktop session, or under dbus-run-session with gnome-keyring-daemon --unlock", AnotherKeyring}
		case cache.Locked, cache.Denied:
			return []string{"unlock the keyring: log in on the desktop, or run gnome-keyring-daemon --unlock --components=secrets", AnotherKeyring}
		}
		return []string{"run secret-tool search --all profile none: if it hangs too, restart the desktop's keyring", AnotherKeyring}
	case "kwallet":
		if kind == cache.Absent {
			return []string{"run it inside a KDE session", AnotherKeyring}
		}
		return []string{"open the wallet in KWalletManager, then run this again", AnotherKeyring}
	case "pass":
		return []string{"run pass ls, and gpg --list-secret-keys: the store needs a key that this user can use; in a terminal, export GPG_TTY=$(tty) lets GnuPG ask", AnotherKeyring}
	case "keychain":
		return []string{"run security unlock-keychain, then run this again"}
	case "keyctl":
		return []string{"run keyctl show @u: the kernel may forbid keyrings here (containers do)", AnotherKeyring}
	}
	return nil
}

func vaultHints(e *awsvault.Error) []string {
	switch {
	case e.Kind == backend.Absent:
		return []string{"name the keyring that aws-vault uses: --backend " + strings.Join(awsvault.Backends(), "|") + ", or AWS_VAULT_BACKEND"}
	case e.Backend == "file" && e.Kind == backend.Locked:
		return []string{"set AWS_VAULT_FILE_PASSPHRASE, or run this at a terminal"}
	case e.Backend == "secret-service", e.Backend == "kwallet":
		return []string{"unlock it on the desktop; aws-vault list tells whether aws-vault can read it"}
	}
	return []string{"aws-vault list --backend=" + e.Backend + " tells whether aws-vault can read it"}
}

func migrationError(e *migrate.Error) answer {
	next := "hatstand keys migrate --to " + e.To
	a := answer{rank: usage, exit: Usage}
	switch e.Kind {
	case migrate.SameKeyring:
		a.hints = []string{"hatstand doctor shows which there are"}
	case migrate.NothingInUse:
		a.hints = []string{"hatstand keys add PROFILE stores keys; HATSTAND_BACKEND=" + e.To + " names the keyring for them"}
	case migrate.Unfinished:
		a.hints = []string{"finish it first: " + next}
	case migrate.Differs:
		a.hints = []string{
			fmt.Sprintf("compare: HATSTAND_BACKEND=%s hatstand keys list; HATSTAND_BACKEND=%s hatstand keys list", e.From, e.To),
			"remove the one that you do not need there (keys remove, mfa remove), then run this again",
		}
	case migrate.NothingMoved:
		return answer{rank: none} // its reason knows better
	case migrate.NotCleared:
		a = answer{rank: none, exit: Failed, hints: []string{"to finish: " + next}}
		if e.Record != "" {
			a.hints = append(a.hints, "to leave those copies where they are: remove the second line of "+e.Record)
		}
	}
	return a
}
