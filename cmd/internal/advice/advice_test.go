package advice_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"hatstand/cache"
	"hatstand/cache/awsvault"
	"hatstand/cache/lock"
	"hatstand/cache/migrate"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/testkit"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/browser"
	"hatstand/credproc/child"
	"hatstand/credproc/console"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/awscache"
	"hatstand/credproc/iam"
	"hatstand/credproc/metadata"
	"hatstand/credproc/policy"
	"hatstand/credproc/resolve"
	"hatstand/credproc/saml"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/limits"
	"hatstand/profiles/naming"
)

func rows() []testkit.ErrorRow {
	return []testkit.ErrorRow{
		{Name: "what answers is no STS", Err: &resolve.Error{Kind: resolve.BadAnswer, Target: "prod", Reason: "has no expiry"}, Code: 1},
		{Name: "anything else", Err: errors.New("no"), Code: 1},
		{Name: "a file that cannot be written", Err: &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, Code: 1},
		{Name: "STS does not answer", Err: &sts.UnreachableError{Target: "prod", Call: credproc.AssumeRole, Err: errors.New("no route")}, Code: 1},
		{Name: "IAM does not answer", Err: &iam.UnreachableError{Profile: "me", Action: "ListAccessKeys", Err: errors.New("no route")}, Code: 1},
		{Name: "IAM does not finish a report", Err: &iam.NotReadyError{Profile: "me", What: "the credential report"}, Code: 1},
		{Name: "STS does not answer in time", Err: &sts.UnreachableError{Target: "prod", Call: credproc.AssumeRole, Err: context.DeadlineExceeded}, Code: 1},
		{Name: "another program fails", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed"}, Code: 1},
		{Name: "another program fails with a code of ours", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed", Exit: 0}, Code: 1},
		{Name: "another hatstand is not set up", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed", Exit: 2}, Code: 1},
		{Name: "another hatstand needs a human", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed", Exit: 3, Hints: []string{"in a terminal: hatstand login other"}}, Code: 3},
		{Name: "another hatstand is refused", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed", Exit: 4}, Code: 4},
		{Name: "another hatstand's keyring is locked", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed", Exit: 5}, Code: 5},
		{Name: "another hatstand is told no", Err: &resolve.Error{Kind: resolve.ProgramFailed, Target: "prod", Reason: "it failed", Exit: 130}, Code: 130},
		{Name: "mfa_process fails", Err: &mfa.Error{Kind: mfa.ProgramFailed, Reason: "no"}, Code: 1},
		{Name: "the ledger cannot be written", Err: &mfa.Error{Kind: mfa.NotRecorded, Folder: "/x", Reason: "no", Err: fs.ErrPermission}, Code: 1},
		{Name: "no lock can be had", Err: &lock.Error{Path: "/x", Op: "take", Err: errors.New("no")}, Code: 1},
		{Name: "a file is not ours", Err: &lock.Error{Path: "/x", Op: "take", Err: &cache.FolderError{File: true, Path: "/x", Reason: "belongs to another user"}}, Code: 1},
		{Name: "a file is not ours, by itself", Err: &cache.FolderError{File: true, Path: "/x", Reason: "belongs to another user"}, Code: 1},
		{Name: "a folder is not ours", Err: &cache.FolderError{Path: "/x", Reason: "belongs to another user"}, Code: 1},
		{Name: "a token file of somebody else's", Err: &awscache.Error{Kind: awscache.Foreign, Path: "/x", Reason: "belongs to another user"}, Code: 1},
		{Name: "no token file but a pipe", Err: &awscache.Error{Kind: awscache.NotRegular, Path: "/x", Reason: "not a regular file"}, Code: 1},
		{Name: "a sign-in whose file cannot be written", Err: &grant.Error{Kind: grant.NotKept, Grant: "corp", Reason: "no",
			Err: &awscache.Error{Kind: awscache.Failed, Path: "/x", Reason: "permission denied"}}, Code: 1},
		{Name: "a token that is not there yet", Err: &resolve.Error{Kind: resolve.NoToken, Target: "ci", Reason: "no"}, Code: 2},
		{Name: "a token that is none", Err: &resolve.Error{Kind: resolve.UnusableToken, Target: "ci", Reason: "no"}, Code: 2},
		{Name: "a program that prints no token", Err: &resolve.Error{Kind: resolve.NotPrinted, Target: "ci", Reason: "no"}, Code: 2},
		{Name: "no port for a browser", Err: &browser.Error{Kind: browser.NoPort, Reason: "no"}, Code: 1},
		{Name: "no display for a browser", Err: &browser.Error{Kind: browser.NoDisplay, Reason: "no"}, Code: 1},
		{Name: "a browser that fails", Err: &browser.Error{Kind: browser.Failed, Reason: "no"}, Code: 1},
		{Name: "a browser that does not come in time", Err: &browser.Error{Kind: browser.NotOpened, Reason: "no"}, Code: 1},
		{Name: "the sign-in service does not answer", Err: &console.Error{Kind: console.Unreachable, Reason: "no", Err: context.DeadlineExceeded}, Code: 1},
		{Name: "the sign-in service's answer breaks off", Err: &console.Error{Kind: console.BrokeOff, Reason: "no", Err: io.ErrUnexpectedEOF}, Code: 1},
		{Name: "what answers is no sign-in service", Err: &console.Error{Kind: console.NotSignIn, Reason: "no"}, Code: 1},
		{Name: "a partition without a console", Err: &console.Error{Kind: console.UnknownPartition, Reason: "no", Meant: []string{"aws"}}, Code: 2},
		{Name: "a page of somebody else's", Err: &console.Error{Kind: console.OtherConsole, Subject: "URL", Reason: "no", Meant: []string{"https://x/"}}, Code: 2},
		{Name: "no browser", Err: &browser.Error{Kind: browser.NotInstalled, Subject: "--browser", Reason: "no"}, Code: 2},
		{Name: "a container that a browser does not have", Err: &browser.Error{Kind: browser.NoContainers, Reason: "no"}, Code: 2},
		{Name: "an option that does not fit", Err: &credproc.Error{Kind: credproc.BadOption, Target: "prod", Subject: "session tag", Reason: "no"}, Code: 2},
		{Name: "no metadata service", Err: &metadata.Error{Kind: metadata.NoAnswer, Reason: "no"}, Code: 1},
		{Name: "an assertion without the role", Err: &saml.Error{Kind: saml.NotOffered, Section: "corp", Reason: "no"}, Code: 4},
		{Name: "a window that was closed", Err: &saml.Error{Kind: saml.Declined, Section: "corp", Reason: "no"}, Code: 130},
		{Name: "no policy", Err: &policy.Error{Kind: policy.NoRole, Target: "prod", Reason: "no"}, Code: 2},
		{Name: "no container", Err: resolve.MissingContainer("prod", "me"), Code: 2},
		{Name: "no keys", Err: resolve.MissingKeys("prod", "me"), Code: 2},
		{Name: "a source that cannot be used yet", Err: &credproc.Error{Kind: credproc.Unsupported, Target: "prod", Subject: "me", Reason: "no"}, Code: 2},
		{Name: "a value that the format cannot hold", Err: &child.ValueError{Format: "cmd", Name: "HATSTAND_PROFILE"}, Code: 2},
		{Name: "a setting", Err: &profiles.Error{Profile: "prod", What: "region", Reason: "no"}, Code: 2},
		{Name: "a value that AWS would refuse", Err: &limits.Error{What: "external ID", Reason: "external ID \"x\" is too short"}, Code: 2},
		{Name: "a name that no profile can have", Err: &naming.Error{Name: "-", Reason: "no"}, Code: 2},
		{Name: "a file that cannot be edited safely", Err: &edit.Error{Location: profiles.Location{Path: "~/.aws/config", Line: 3}, Reason: "no"}, Code: 2},
		{Name: "an unknown backend", Err: &cache.Error{Kind: cache.UnknownBackend, Backend: "x"}, Code: 2},
		{Name: "a migration that cannot be", Err: &migrate.Error{Kind: migrate.SameKeyring, To: "file"}, Code: 2},
		{Name: "a code that is none", Err: &mfa.Error{Kind: mfa.NotACode, Subject: "--mfa-code", Reason: "no"}, Code: 2},
		{Name: "a device that has no codes", Err: &mfa.Error{Kind: mfa.NoCodesOfDevice, Reason: "no"}, Code: 2},
		{Name: "a seed that is none", Err: &mfa.Error{Kind: mfa.NotASeed, Reason: "no"}, Code: 2},
		{Name: "one code for two devices", Err: &mfa.Error{Kind: mfa.OnlyOneCode, Reason: "no"}, Code: 2},
		{Name: "nobody to ask", Err: &mfa.Error{Kind: mfa.NobodyToAsk, Serial: "a", Profile: "prod", Reason: "no"}, Code: 3},
		{Name: "nobody answered in time", Err: mfa.NewLate("the code", "prod"), Code: 3},
		{Name: "the time is over", Err: context.DeadlineExceeded, Code: 3},
		{Name: "a passphrase that nobody typed in time", Err: &cache.Error{Kind: cache.NoPassphrase, Subject: "/x", Err: mfa.NewLate("the passphrase", "")}, Code: 3},
		{Name: "nobody is signed in", Err: &grant.Error{Kind: grant.NotSignedIn, Grant: "corp", Reason: "not signed in to corp"}, Code: 3},
		{Name: "AWS refuses", Err: &sts.RefusedError{Target: "prod", Call: credproc.AssumeRole, Code: "AccessDenied", Message: "no"}, Code: 4},
		{Name: "IAM refuses", Err: &iam.RefusedError{Profile: "me", Action: "CreateAccessKey", Code: iam.AccessDenied, Message: "no"}, Code: 4},
		{Name: "AWS refuses the sign-in", Err: &console.Error{Kind: console.Refused, Reason: "no", Status: 400}, Code: 4},
		{Name: "AWS gives another role", Err: &resolve.Error{Kind: resolve.WrongRole, Target: "prod", Reason: "no"}, Code: 4},
		{Name: "a spent code", Err: mfa.NewSpent("a", 7*time.Second), Code: 4},
		{Name: "an item of a later version", Err: &cache.Error{Backend: "file", Kind: cache.Newer, Item: "keys of me", Err: errors.New("it was stored by a later version of hatstand")}, Code: 5},
		{Name: "a keyring that is locked", Err: &cache.Error{Backend: "file", Op: "read", Kind: cache.Locked, Err: errors.New("locked")}, Code: 5},
		{Name: "a keyring that does not answer in time", Err: &cache.Error{Backend: "file", Op: "read", Kind: cache.TimedOut, Err: context.DeadlineExceeded}, Code: 5},
		{Name: "a wrong passphrase", Err: &cache.Error{Kind: cache.WrongPassphrase, Subject: "/x"}, Code: 5},
		{Name: "aws-vault's keyring cannot be read", Err: &awsvault.Error{Backend: "file", Op: "read", Profile: "me", Kind: cache.Locked, Err: errors.New("no")}, Code: 5},
		{Name: "a keyring's item that cannot be read", Err: &cache.Error{Kind: cache.Corrupt, Backend: "file", Item: "keys of me", Name: "keys/me", Err: errors.New("no")}, Code: 5},
		{Name: "cancelled at the prompt", Err: mfa.ErrCancelled, Code: 130},
		{Name: "cancelled", Err: context.Canceled, Code: 130},
		{Name: "cancelled on the way to STS", Err: &sts.UnreachableError{Target: "prod", Call: credproc.AssumeRole, Err: context.Canceled}, Code: 130},
		{Name: "cancelled at the passphrase", Err: &cache.Error{Kind: cache.PassphraseDeclined, Subject: "/x", Err: mfa.ErrCancelled}, Code: 130},
		{Name: "a command that is not there", Err: &child.StartError{Command: "x", Code: 127, Err: errors.New("command not found")}, Code: 127},
		{Name: "a command that cannot be run", Err: &child.StartError{Command: "x", Code: 126, Err: fs.ErrPermission}, Code: 126},
	}
}

func TestEachErrorOfALibraryHasItsExitCode(t *testing.T) {
	inner := []string{
		// The first is the child's own code, the others come inside an error of the table.
		"child.ExitError", "cache.versionError", "resolve.exitError", "resolve.signInError", "resolve.samlError", "lock.HeldError",
		"lock.RefusedError", "dialog.assuanError", "dialog.noAnswerError", "pass.passError", "secretservice.lockedError",
		"secretservice.promptError", "awsclient.Error", "awsclient.JSONRefusal", "awscache.fault",
		"grammar.Error", "userfile.largeError", "metadata.largeError",
		// Answered to the client, not to the user.
		"peer.OtherUserError", "peer.UnknownError",
		// A cancel, in the words of the one that has a row.
		"mfa.goneError", "backend.goneError",
		// What a source says that cannot be used here; mfa.First makes an Error of it.
		"mfa.Unusable",
		// What is asked of a backend.Error.
		"backend.Kind",
	}
	testkit.CheckErrors(t, ui.Report, rows(), inner,
		"../../../cache", "../../../cache/awsvault", "../../../cache/backend", "../../../cache/folder", "../../../cache/lock",
		"../../../cache/migrate", "../../../cache/pass", "../../../cache/secretservice",
		"../../../credproc", "../../../credproc/awsclient", "../../../credproc/browser", "../../../credproc/child",
		"../../../credproc/console", "../../../credproc/grant", "../../../credproc/grant/awscache", "../../../credproc/iam",
		"../../../credproc/metadata", "../../../credproc/policy", "../../../credproc/saml",
		"../../../credproc/internal/peer", "../../../credproc/resolve", "../../../credproc/sts",
		"../../../mfa", "../../../mfa/dialog",
		"../../../profiles", "../../../profiles/edit", "../../../profiles/internal/grammar", "../../../profiles/limits",
		"../../../profiles/naming", "../../../profiles/userfile")
}

// A machine that trusts nobody fails at its first call, and neither the network nor an address is wrong.
func TestTheHintOfAnUnknownAuthorityComesFirst(t *testing.T) {
	err := &sts.UnreachableError{Target: "prod", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}
	exit, hints := advice.For(err)
	if exit != advice.Failed || len(hints) != 2 || !strings.HasPrefix(hints[0], "install the certificates") {
		t.Errorf("%d %q", exit, hints)
	}
}

func TestHintsAboutFiles(t *testing.T) {
	file := func(kind awscache.Kind) error { return &awscache.Error{Kind: kind, Path: "/x y", Reason: "no"} }
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"somebody else's", file(awscache.Foreign), "its owner may be signed in by it: move it away, then sign in\nls -l '/x y' shows whose it is"},
		{"a pipe", file(awscache.NotRegular), "move it away, then sign in: ls -ld '/x y' shows what it is"},
		{"one that cannot be read", file(awscache.Failed), "you must be able to read and replace the file: ls -ld '/x y'"},
		{"in a folder with hints of its own", file(awscache.UnsafeFolder), ""},
		{"one that a sign-in cannot be stored in", &grant.Error{Kind: grant.NotKept, Grant: "corp", Reason: "no", Err: file(awscache.Failed)},
			"you must be able to read and replace the file: ls -ld '/x y'"},
	} {
		if _, hints := advice.For(row.err); strings.Join(hints, "\n") != row.want {
			t.Errorf("%s: %q", row.name, hints)
		}
	}
}
