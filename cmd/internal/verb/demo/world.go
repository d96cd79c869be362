package demo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/awstest"
)

// A demo is a world of its own: an AWS on loopback, a home in a temporary folder, a keyring in it.
type demo struct {
	world    app.World
	aws      *awstest.Server
	sso      bool // a person signs in, and has no key
	device   *awstest.Device
	key      awstest.Key
	home     string
	config   string
	env      []string
	self     string
	terminal bool
	seen     int // calls already reported
}

func newDemo(w app.World, sso bool) (_ *demo, err error) {
	d := &demo{world: w, sso: sso, self: w.Self()}
	if d.self == "" {
		return nil, errors.New("demo: the path of this program is not known")
	}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.home, err = os.MkdirTemp("", "hatstand-demo-"); err != nil {
		return nil, err
	}
	if d.aws, err = awstest.Start(awstest.Options{}); err != nil {
		return nil, err
	}
	word, err := app.CommandWord(d.self, d.world.GOOS)
	if err != nil {
		return nil, err
	}
	if sso {
		err = d.addCorp()
	} else {
		d.addAlice(word)
	}
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(d.home, ".aws"), 0o700); err != nil {
		return nil, err
	}
	// At its first start fish fills the last one in the background, long after the demo's end, unless it is there.
	for _, dir := range []string{"run", "bin", ".local/share/fish/generated_completions"} {
		if err := os.MkdirAll(filepath.Join(d.home, dir), 0o700); err != nil {
			return nil, err
		}
	}
	if err := d.nameIt(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(d.home, ".aws", "config"), []byte(d.config), 0o600); err != nil {
		return nil, err
	}
	d.env = d.environment(word)
	if tty, err := w.Terminal(); err == nil {
		d.terminal = true
		tty.Close()
	}
	return d, nil
}

// addAlice makes an IAM user with a key and an MFA device, who may assume two roles. word starts this program.
func (d *demo) addAlice(word string) {
	alice := d.aws.AddUser("111111111111", "alice")
	d.key, d.device = alice.AddKey(), alice.AddMFA("alice")
	const admin = "arn:aws:iam::222222222222:role/Admin"
	d.aws.AddRole(
		admin,
		awstest.Role{MaxSession: 4 * time.Hour, Trust: []awstest.Trust{{Principal: alice.ARN, RequireMFA: true}}},
	)
	d.aws.AddRole("arn:aws:iam::333333333333:role/Auditor", awstest.Role{Trust: []awstest.Trust{{Principal: admin}}})
	d.config = fmt.Sprintf(`[profile me]
mfa_serial = %s
region = eu-west-1

[profile prod]
region = eu-west-1
credential_process = %s credential-process prod

[hatstand prod]
role_arn = %s
source_profile = me

[profile audit]
role_arn = arn:aws:iam::333333333333:role/Auditor
source_profile = prod
region = eu-west-1
`, d.device.Serial, word, admin)
}

// nameIt makes "hatstand" this program in the demo's world, whatever its file is called and whichever is installed.
func (d *demo) nameIt() error {
	path := filepath.Join(d.home, "bin", "hatstand")
	if d.world.GOOS != "windows" {
		return os.Symlink(d.self, path)
	}
	return os.WriteFile(path+".cmd", []byte("@\""+d.self+"\" %*\r\n"), 0o600)
}

// environment is the user's without AWS and hatstand settings, and with the demo's own.
func (d *demo) environment(word string) []string {
	var env []string
	for _, kv := range d.world.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "AWS_"), strings.HasPrefix(name, "HATSTAND_"), strings.HasPrefix(name, "XDG_"),
			name == "HOME", name == "USERPROFILE", strings.EqualFold(name, "PATH"),
			// These name what a shell reads at its start: it could set another PATH.
			name == "ZDOTDIR", name == "ENV", name == "BASH_ENV",
			// The AWS CLI would ask a proxy for loopback addresses too.
			strings.HasSuffix(strings.ToUpper(name), "_PROXY"), name == "REQUESTS_CA_BUNDLE":
		default:
			env = append(env, kv)
		}
	}
	if d.sso {
		env = append(env, "AWS_ENDPOINT_URL_SSO="+d.aws.URL, "AWS_ENDPOINT_URL_SSO_OIDC="+d.aws.URL,
			"HATSTAND_BROWSER="+word+" demo --press")
	}
	return append(env,
		"HOME="+d.home, "USERPROFILE="+d.home,
		"XDG_RUNTIME_DIR="+filepath.Join(d.home, "run"),
		"PATH="+filepath.Join(d.home, "bin")+string(os.PathListSeparator)+d.world.Getenv("PATH"),
		"HATSTAND_BACKEND=file", "HATSTAND_FILE_PASSPHRASE=demo",
		"AWS_ENDPOINT_URL_STS="+d.aws.URL, "AWS_ENDPOINT_URL_IAM="+d.aws.URL, "AWS_ENDPOINT_URL_SIGNIN="+d.aws.URL,
	)
}

func (d *demo) keyEnv() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + d.key.ID, "AWS_SECRET_ACCESS_KEY=" + d.key.Secret}
}

// example is a command that shows what exec gives it.
func (d *demo) example() []string {
	if d.world.GOOS == "windows" {
		return []string{"cmd", "/c", "echo profile %HATSTAND_PROFILE%, key %AWS_ACCESS_KEY_ID%, region %AWS_REGION%"}
	}
	return []string{"sh", "-c", "echo profile $HATSTAND_PROFILE, key $AWS_ACCESS_KEY_ID, region $AWS_REGION"}
}

// close leaves nothing behind, in the kernel's keyring neither.
func (d *demo) close() {
	if d.env != nil {
		lock := exec.Command(d.self, "lock")
		lock.Env = d.env
		lock.Run()
	}
	if d.aws != nil {
		d.aws.Close()
	}
	if d.home != "" {
		os.RemoveAll(d.home)
	}
}
