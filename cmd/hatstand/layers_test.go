package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hatstand/profiles"
)

// A listed package and all that it reaches, itself left out. Tests' imports do not count.
type listed struct {
	name    string
	deps    []string
	imports []string // of itself
}

// list asks Go for this module's packages, as they are built for a system.
func list(t *testing.T, goos string) []listed {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		missingPart(t, "golang-go")
	}
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}|{{join .Imports " "}}`, module+"/...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.String())
	}
	var all []listed
	for line := range strings.Lines(string(out)) {
		reached, imported, _ := strings.Cut(line, "|")
		words := strings.Fields(reached)
		all = append(all, listed{words[0], words[1:], strings.Fields(imported)})
	}
	return all
}

// within reports whether a package is another, or stands below it.
func within(name, parent string) bool { return name == parent || strings.HasPrefix(name, parent+"/") }

// rooms are the packages below cmd/internal that build on each other, the lowest first. One imports those before it.
func rooms() []string {
	return []string{"advice", "declined", "slips", "ui", "recent", "loopback", "app", "prompt", "signin", "provider", "overview", "iamuser", "keypair", "awsfile", "enroll", "rotate", "verb"}
}

// room is a package's place in rooms; -1 where it has none.
func room(name string) int {
	return slices.IndexFunc(rooms(), func(r string) bool { return within(name, "hatstand/cmd/internal/"+r) })
}

// common reports whether a package of cmd is of both programs.
func common(name string) bool {
	return slices.ContainsFunc([]string{"buildinfo", "cached", "harden", "settings"}, func(of string) bool {
		return within(name, "hatstand/cmd/internal/"+of)
	})
}

// flagless reports whether a package knows no command line: flags and arguments are read by verbs alone, so that a state
// machine can be run and tested without them.
func flagless(name string) bool {
	return slices.Contains([]string{"advice", "prompt", "signin", "iamuser", "awsfile", "enroll", "rotate"}, strings.TrimPrefix(name, "hatstand/cmd/internal/"))
}

// brokenInCmd says which law of the rooms a package of cmd breaks by reaching another; "" if it breaks none.
func brokenInCmd(name, dep string) string {
	switch {
	case within(dep, "hatstand/cmd/internal/testkit"):
		return "testkit is for tests"
	case within(name, "hatstand/cmd/hatstand-credential-process") && room(dep) >= 0:
		return "the small program has no verbs, no screen and no prompts: all that it links makes each call slower"
	case common(name) && room(dep) >= 0:
		return "both programs use it: it knows no room of the full one"
	case room(name) < 0 || !within(dep, "hatstand/cmd"):
		return ""
	case !within(dep, "hatstand/cmd/internal"):
		return "a program is reached by nobody"
	case room(dep) > room(name):
		return "imports point one way: main, verb, the state machines, provider, signin, prompt, app, ui, advice"
	case rooms()[room(name)] == "verb" && within(dep, "hatstand/cmd/internal/verb") && !within(name, dep) && !within(dep, name):
		return "no verb imports another: what two of them need stands below them"
	}
	return ""
}

// module is the path that all of ours are below.
var module = strings.TrimSuffix(reflect.TypeFor[profiles.Set]().PkgPath(), "/profiles")

// broken says which law of the layers a package breaks by reaching another; "" if it breaks none.
func broken(name, dep string) string {
	const aws = "github.com/aws"
	ours, cmd := within(dep, module), within(name, "hatstand/cmd")
	switch {
	case within(dep, aws+"/aws-sdk-go-v2/config") || within(dep, aws+"/aws-sdk-go-v2/credentials"):
		return "the SDK's own config and credentials are oracles in tests: they are linked into nothing"
	case sdkClient(dep) && !cmd && !adapter(name):
		return "the SDK's clients are reached through their adapters alone"
	case cmd:
		return brokenInCmd(name, dep)
	case within(dep, "github.com/AlecAivazis/survey/v2"):
		return "only cmd reaches survey"
	case within(dep, "github.com/99designs/keyring") && !within(name, "hatstand/cache"):
		return "only cache reaches the keyring"
	case within(name, "hatstand/profiles") && (within(dep, "net/http") || within(dep, "os/exec") || within(dep, aws)):
		return "profiles reads files and does nothing else"
	case within(name, "hatstand/profiles/internal") && (dep == "hatstand/profiles" || dep == "hatstand/profiles/edit"):
		return "profiles is built on what is internal to it"
	case within(name, "hatstand/profiles") && dep == "hatstand/profiles/userfile":
		return "cmd/internal/settings reads the two files: profiles turns bytes into values"
	case name == "hatstand/credproc/grant/awscache" && (within(dep, "net/http") || within(dep, "os/exec") || within(dep, aws)):
		return "awscache reads and writes files and does nothing else"
	case within(name, "hatstand/credproc/awstest") && within(dep, "hatstand/credproc/awstest"):
		return "" // its parts
	case name == "hatstand/credproc/grant/internal/granttest":
		return "" // a world for the tests beside it
	case within(dep, "hatstand/credproc/awstest"):
		return "awstest is for the demo and for tests"
	case name == "hatstand/credproc" && (within(dep, "net/http") || within(dep, "os/exec") || within(dep, aws)):
		return "credproc decides and does no I/O: the small program links it"
	case lightKeyring(name) && (within(dep, "net/http") || within(dep, "crypto/tls") || within(dep, "github.com/99designs/keyring")):
		return "the small program links this keyring"
	case within(name, "hatstand/cache") && within(dep, "hatstand/cache"):
		if keyringPart(name) && (dep == "hatstand/cache" || dep == "hatstand/cache/migrate" || dep == "hatstand/cache/awsvault") {
			return "a backend knows nothing of what is kept in it, nor of the table that it is in"
		}
		return "" // the cache links its backends; migrate and awsvault stand on top
	case within(dep, "hatstand/profiles") && dep != "hatstand/profiles/edit" && (name == "hatstand/credproc" || name == "hatstand/credproc/resolve" || name == "hatstand/credproc/sts"):
		return ""
	case dep == "hatstand/credproc" && (name == "hatstand/credproc/resolve" || name == "hatstand/credproc/sts"):
		return "" // a plan, and its steps
	case within(name, "hatstand/credproc/policy") && (within(dep, "net/http") || within(dep, "os/exec") || within(dep, aws)):
		return "a policy is written from a plan, without any I/O"
	case within(name, "hatstand/credproc/policy") && (dep == "hatstand/credproc" || dep == "hatstand/credproc/policy" || within(dep, "hatstand/profiles") && dep != "hatstand/profiles/edit"):
		return "" // a policy is written from a plan
	case within(dep, "github.com/hashicorp/hcl") && name != "hatstand/credproc/policy/terraform":
		return "HCL is written by one package"
	case dep == "hatstand/credproc/sts" && name == "hatstand/credproc/resolve":
		return "" // what STS refuses in a type
	case within(dep, "hatstand/profiles") && dep != "hatstand/profiles/edit" && grants(name):
		return "" // the settings of a sign-in, and which hosts are AWS's
	case dep == "hatstand/credproc/grant" && grants(name) && name != dep:
		return "" // a kind of sign-in is a Service; the manager knows none of them
	case dep == "hatstand/credproc/grant/awscache" && grants(name):
		return "" // the AWS CLI's own files
	case within(dep, "hatstand/credproc/grant") && name == "hatstand/credproc/resolve":
		return "" // a sign-in is exchanged for credentials
	case dep == "hatstand/credproc/saml" && name == "hatstand/credproc/resolve":
		return "" // an assertion is exchanged for credentials
	case dep == "hatstand/credproc/awsclient" && adapter(name):
		return "" // what the adapters have in common
	case dep == "hatstand/profiles/userfile" || dep == "hatstand/cache/folder":
		return "" // they open and write files, and import none of ours
	case dep == "hatstand/credproc/credentials":
		return "" // a plain type that imports none of ours
	case within(name, "hatstand/profiles") && within(dep, "hatstand/profiles"):
		return "" // edit, and the grammar that both read
	case name == "hatstand/mfa/dialog" && dep == "hatstand/mfa":
		return "" // a window is one of the sources of codes
	case ours && strings.Contains(dep, "/internal/"):
		return "" // Go itself sees to who imports it
	case ours:
		return "imports point one way: cmd imports all; credproc profiles; resolve both and sts; no other one of ours"
	}
	return ""
}

// sdkClient reports whether a package is one of the SDK's service clients.
func sdkClient(name string) bool { return within(name, "github.com/aws/aws-sdk-go-v2/service") }

// adapter reports whether a package is the adapter of an SDK's client, or is built on one.
func adapter(name string) bool {
	return name == "hatstand/credproc/iam" || name == "hatstand/credproc/sts" || (grants(name) && name != "hatstand/credproc/grant") || name == "hatstand/credproc/resolve"
}

// grants reports whether a package keeps people signed in, or is one kind of sign-in.
func grants(name string) bool {
	return within(name, "hatstand/credproc/grant") && name != "hatstand/credproc/grant/awscache"
}

// keyringPart reports whether a package is a keyring's, or what keyrings have in common.
func keyringPart(name string) bool {
	return within(name, "hatstand/cache") && name != "hatstand/cache" && name != "hatstand/cache/migrate" && name != "hatstand/cache/awsvault"
}

// lightKeyring reports whether a package is a keyring's client that needs no library for keyrings.
func lightKeyring(name string) bool {
	return name == "hatstand/cache/backend" || name == "hatstand/cache/secretservice" || name == "hatstand/cache/kwallet" || name == "hatstand/cache/keyctl"
}

func TestImportsPointOneWay(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			reached := map[string]bool{}
			for _, p := range list(t, goos) {
				top, _, _ := strings.Cut(strings.TrimPrefix(p.name, module+"/"), "/")
				switch top {
				case "cmd", "profiles", "credproc", "mfa", "cache":
				default:
					t.Errorf("%s: no such place in the layout", p.name)
				}
				for _, dep := range p.imports {
					if within(dep, "github.com/AlecAivazis/survey/v2") && p.name != "hatstand/cmd/internal/ui" {
						t.Errorf("%s imports %s: questions are asked by ui", p.name, dep)
					}
				}
				if flagless(p.name) && slices.Contains(p.imports, "github.com/spf13/cobra") {
					t.Errorf("%s imports cobra: flags and arguments are read by verbs", p.name)
				}
				for _, dep := range p.deps {
					if why := broken(p.name, dep); why != "" {
						t.Errorf("%s reaches %s: %s", p.name, dep, why)
					}
					if p.name == "hatstand/cmd/hatstand" {
						reached[dep] = true
					}
				}
			}
			// The laws speak of what the program has: a list without it would hold to them too.
			for _, want := range []string{
				"hatstand/profiles", "hatstand/credproc", "hatstand/credproc/resolve", "hatstand/credproc/sts", "hatstand/credproc/browser", "hatstand/credproc/child", "hatstand/credproc/console", "hatstand/credproc/grant", "hatstand/credproc/iam", "hatstand/credproc/awstest", "hatstand/mfa", "hatstand/cache",
				"github.com/99designs/keyring", "github.com/AlecAivazis/survey/v2", "github.com/aws/aws-sdk-go-v2/aws/signer/v4",
			} {
				if !reached[want] {
					t.Errorf("the program does not reach %s", want)
				}
			}
		})
	}
}

// What a verb does is in a package of its own, where it can be tested alone.
func TestTheProgramIsItsMainAndItsTreeOfVerbs(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	if want := []string{"main.go", "root.go"}; !slices.Equal(files, want) {
		t.Errorf("cmd/hatstand has %q, want %q", files, want)
	}
}

func TestEachClauseOfTheLayersCanBeBroken(t *testing.T) {
	for _, row := range []struct {
		name, dep string
		ok        bool
	}{
		{"hatstand/cmd/hatstand", "hatstand/credproc/awstest", true},
		{"hatstand/cmd/hatstand", "github.com/AlecAivazis/survey/v2/core", true},
		{"hatstand/cmd/internal/ui", "hatstand/cmd/internal/advice", true},
		{"hatstand/cmd/internal/advice", "hatstand/cmd/internal/ui", false},
		{"hatstand/cmd/internal/ui", "hatstand/cmd/internal/app", false},
		{"hatstand/cmd/internal/app", "hatstand/cmd/internal/prompt", false},
		{"hatstand/cmd/internal/signin", "hatstand/cmd/internal/prompt", true},
		{"hatstand/cmd/internal/signin", "hatstand/cmd/internal/provider", false},
		{"hatstand/cmd/internal/verb/run", "hatstand/cmd/internal/provider", true},
		{"hatstand/cmd/internal/verb/run", "hatstand/cmd/internal/verb/keys", false},
		{"hatstand/cmd/internal/provider", "hatstand/cmd/hatstand", false},
		{"hatstand/cmd/internal/provider", "hatstand/cmd/internal/testkit", false},
		{"hatstand/cmd/internal/rotate", "hatstand/cmd/internal/iamuser", true},
		{"hatstand/cmd/internal/iamuser", "hatstand/cmd/internal/rotate", false},
		{"hatstand/cmd/internal/verb/keys", "hatstand/cmd/internal/rotate", true},
		{"hatstand/cmd/hatstand-credential-process", "hatstand/cmd/internal/cached", true},
		{"hatstand/cmd/hatstand-credential-process", "hatstand/cmd/internal/ui", false},
		{"hatstand/cmd/internal/cached", "hatstand/cmd/internal/settings", true},
		{"hatstand/cmd/internal/settings", "hatstand/cmd/internal/app", false},
		{"hatstand/cmd/internal/settings", "hatstand/profiles", true},
		{"hatstand/cmd/hatstand", "github.com/aws/aws-sdk-go-v2/config", false},
		{"hatstand/credproc", "github.com/aws/aws-sdk-go-v2/config", false},
		{"hatstand/cmd/hatstand", "github.com/aws/aws-sdk-go-v2/credentials/ssocreds", false},
		{"hatstand/credproc", "github.com/aws/aws-sdk-go-v2/aws/signer/v4", false},
		{"hatstand/credproc", "net/http", false},
		{"hatstand/cache/secretservice", "hatstand/cache/backend", true},
		{"hatstand/cache/backend", "hatstand/cache", false},
		{"hatstand/mfa", "hatstand/cache/backend", false},
		{"hatstand/cache/kwallet", "crypto/tls", false},
		{"hatstand/cache/secretservice", "github.com/99designs/keyring", false},
		{"hatstand/credproc", "hatstand/credproc/resolve", false},
		{"hatstand/credproc/resolve", "hatstand/credproc/sts", true},
		{"hatstand/credproc/resolve", "os/exec", true},
		{"hatstand/credproc/resolve", "hatstand/cache", false},
		{"hatstand/credproc/sts", "hatstand/credproc", true},
		{"hatstand/credproc/sts", "hatstand/credproc/resolve", false},
		{"hatstand/credproc/sts", "github.com/aws/aws-sdk-go-v2/aws/signer/v4", true},
		{"hatstand/credproc/iam", "github.com/aws/aws-sdk-go-v2/service/iam/types", true},
		{"hatstand/credproc", "github.com/aws/aws-sdk-go-v2/service/iam/types", false},
		{"hatstand/cache", "github.com/aws/aws-sdk-go-v2/service/sts", false},
		{"hatstand/credproc", "hatstand/profiles", true},
		{"hatstand/cache", "hatstand/credproc/credentials", true},
		{"hatstand/credproc/credentials", "hatstand/profiles", false},
		{"hatstand/credproc/grant/awscache", "hatstand/cache/folder", true},
		{"hatstand/credproc/grant/awscache", "hatstand/cache", false},
		{"hatstand/credproc/grant/awscache", "hatstand/credproc/grant", false},
		{"hatstand/credproc/grant/awscache", "net/http", false},
		{"hatstand/credproc", "hatstand/mfa", false},
		{"hatstand/credproc", "hatstand/cache", false},
		{"hatstand/credproc", "hatstand/credproc/awstest", false},
		{"hatstand/credproc", "hatstand/credproc/child", false},
		{"hatstand/credproc", "os/exec", false},
		{"hatstand/credproc/child", "hatstand/credproc", false},
		{"hatstand/credproc/child", "hatstand/profiles", false},
		{"hatstand/credproc/iam", "hatstand/credproc", false},
		{"hatstand/credproc/grant", "github.com/aws/aws-sdk-go-v2/service/ssooidc", false},
		{"hatstand/credproc/grant", "hatstand/credproc/grant/identitycenter", false},
		{"hatstand/credproc/grant/identitycenter", "github.com/aws/aws-sdk-go-v2/service/ssooidc", true},
		{"hatstand/credproc/grant/identitycenter", "hatstand/credproc/grant", true},
		{"hatstand/credproc/grant/identitycenter", "hatstand/credproc/awstest", false},
		{"hatstand/credproc/grant/internal/granttest", "hatstand/credproc/awstest", true},
		{"hatstand/credproc/grant/identitycenter", "hatstand/profiles/edit", false},
		{"hatstand/credproc/grant/identitycenter", "hatstand/credproc/awsclient", true},
		{"hatstand/credproc/grant", "hatstand/profiles/partitions", true},
		{"hatstand/credproc/grant", "hatstand/profiles/edit", false},
		{"hatstand/credproc/grant", "hatstand/credproc/grant/awscache", true},
		{"hatstand/credproc/grant/awscache", "hatstand/credproc/grant", false},
		{"hatstand/credproc/grant", "hatstand/credproc", false},
		{"hatstand/credproc/grant", "hatstand/credproc/browser", false},
		{"hatstand/credproc/resolve", "hatstand/credproc/grant", true},
		{"hatstand/credproc/sts", "hatstand/credproc/grant", false},
		{"hatstand/credproc", "hatstand/credproc/grant", false},
		{"hatstand/credproc/resolve", "hatstand/credproc/saml", true},
		{"hatstand/credproc/saml", "hatstand/profiles", false},
		{"hatstand/credproc/grant", "hatstand/credproc/saml", false},
		{"hatstand/credproc/policy", "hatstand/credproc", true},
		{"hatstand/credproc/policy", "hatstand/profiles/partitions", true},
		{"hatstand/credproc/policy", "hatstand/profiles/edit", false},
		{"hatstand/credproc/policy", "hatstand/credproc/resolve", false},
		{"hatstand/credproc/policy", "net/http", false},
		{"hatstand/credproc/policy", "github.com/hashicorp/hcl/v2/hclwrite", false},
		{"hatstand/credproc/policy/terraform", "github.com/hashicorp/hcl/v2/hclwrite", true},
		{"hatstand/credproc", "hatstand/credproc/policy", false},
		{"hatstand/credproc/iam", "hatstand/credproc/awsclient", true},
		{"hatstand/credproc/console", "hatstand/credproc/awsclient", false},
		{"hatstand/credproc/awsclient", "hatstand/profiles", false},
		{"hatstand/credproc/awstest", "hatstand/profiles", false},
		{"hatstand/credproc/console", "github.com/99designs/keyring", false},
		{"hatstand/credproc/browser", "hatstand/credproc", false},
		{"hatstand/profiles", "hatstand/credproc", false},
		{"hatstand/profiles/edit", "hatstand/profiles", true},
		{"hatstand/profiles/edit", "os/exec", false},
		{"hatstand/profiles", "hatstand/profiles/internal/index", true},
		{"hatstand/profiles/internal/chain", "hatstand/profiles", false},
		{"hatstand/profiles/edit", "hatstand/profiles/userfile", false},
		{"hatstand/cmd/internal/settings", "hatstand/profiles/userfile", true},
		{"hatstand/profiles", "hatstand/profiles/userfile", false},
		{"hatstand/profiles", "net/http", false},
		{"hatstand/profiles", "net/http/internal", false},
		{"hatstand/profiles", "net/url", true},
		{"hatstand/profiles", "os/exec", false},
		{"hatstand/profiles", "github.com/aws/smithy-go", false},
		{"hatstand/mfa", "hatstand/cache", false},
		{"hatstand/mfa", "hatstand/mfa/dialog", false},
		{"hatstand/mfa/dialog", "hatstand/mfa", true},
		{"hatstand/mfa", "github.com/AlecAivazis/survey/v2", false},
		{"hatstand/mfa", "github.com/99designs/keyring", false},
		{"hatstand/cache", "github.com/99designs/keyring", true},
		{"hatstand/cache", "hatstand/cache/internal/sessionbus", true},
		{"hatstand/cache/internal/sessionbus", "hatstand/cache", false},
		{"hatstand/cache", "hatstand/mfa", false},
		{"hatstand/cachet", "hatstand/cache", false},
	} {
		if why := broken(row.name, row.dep); (why == "") != row.ok {
			t.Errorf("%s reaching %s: %q", row.name, row.dep, why)
		}
	}
}
