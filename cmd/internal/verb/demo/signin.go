package demo

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/person"
)

const (
	userAccount = "111111111111" // of alice as an IAM user
	devAccount  = "444444444444"
	prodAccount = "555555555555"
)

// addCorp makes an Identity Center, where alice has permission sets in two accounts. One of them may assume a role.
func (d *demo) addCorp() error {
	const alice = "alice@example.com"
	corp := d.aws.IdentityCenter().AddInstance(d.aws.URL+"/start", "eu-west-1")
	corp.AddUser(alice)
	corp.AddAccount(identitycenter.Account{ID: devAccount, Name: "Dev", Email: "dev@example.com"},
		identitycenter.Account{ID: prodAccount, Name: "Prod", Email: "prod@example.com"})
	err := errors.Join(corp.AddPermissionSet("Admin", time.Hour), corp.AddPermissionSet("ReadOnly", 8*time.Hour))
	for _, a := range [][2]string{{devAccount, "Admin"}, {devAccount, "ReadOnly"}, {prodAccount, "ReadOnly"}} {
		err = errors.Join(err, corp.Assign(alice, a[0], a[1]))
	}
	const deploy = "arn:aws:iam::333333333333:role/Deploy"
	d.aws.AddRole(deploy, awstest.Role{Trust: []awstest.Trust{{
		Principal:    devAccount,
		PrincipalArn: "arn:aws:iam::" + devAccount + ":role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*",
	}}})
	if d.config != "" {
		d.config += "\n"
	}
	way := ""
	if d.kind.shell && !d.hasDesktop() {
		way = "sign_in = browser\n" // the demo's own, which needs no window
	}
	d.config += fmt.Sprintf(`[sso-session corp]
sso_start_url = %s
sso_region = eu-west-1

[hatstand-session corp]
sync_region = eu-west-1
%s`, corp.StartURL(), way)
	if d.kind.sso {
		d.config += fmt.Sprintf(`
[profile deploy]
role_arn = %s
source_profile = dev-Admin
region = eu-west-1
`, deploy)
	}
	return err
}

// signInTour is the first day of somebody who signs in.
func (d *demo) signInTour(ctx context.Context) error {
	d.say("A stand-in for AWS listens on %s; the home folder is %s.\n", d.aws.URL, d.home)
	d.title("~/.aws/config")
	d.say("%s", indent(d.config))

	d.title("Sign in: once, for all that follows")
	d.say("  (hatstand login corp opens a browser; here the demo plays alice and her browser, and presses\n" +
		"   \"Allow access\" on the page)\n")
	if err := d.run(ctx, nil, "login", "corp", "--browser-flow"); err != nil {
		return err
	}
	d.saw()

	d.title("What may alice use?")
	if err := d.run(ctx, nil, "list", "--at", "corp"); err != nil {
		return err
	}
	d.saw()

	d.title("A profile for each, in one block of the config file")
	if err := d.run(ctx, nil, "profiles", "sync"); err != nil {
		return err
	}
	if err := d.run(ctx, nil, "list"); err != nil {
		return err
	}
	d.saw()

	d.title("Run commands in two accounts")
	for _, profile := range []string{"dev-Admin", "prod-ReadOnly"} {
		if err := d.run(ctx, nil, append([]string{"exec", profile, "--"}, d.example()...)...); err != nil {
			return err
		}
	}
	d.saw()

	d.title("The AWS CLI or an SDK asks for dev-Admin, twice: answered from the cache")
	warm := []string{"credential-process", "dev-Admin"}
	first, err := d.document(ctx, warm)
	if err != nil {
		return err
	}
	second, err := d.document(ctx, warm)
	if err != nil {
		return err
	}
	if second != first {
		return fmt.Errorf("the second answer differs from the first")
	}
	d.saw()

	d.title("A role on top of the permission set, with no second sign-in")
	if _, err := d.document(ctx, []string{"credential-process", "deploy"}); err != nil {
		return err
	}
	d.saw()

	d.title("Why? Ask for the plan")
	if err := d.run(ctx, nil, "explain", "deploy"); err != nil {
		return err
	}

	d.title("The AWS CLI, as one of them")
	d.noteStandIn()
	if err := d.runCLI(ctx, "sts", "get-caller-identity", "--profile", "prod-ReadOnly", "--output", "json"); err != nil {
		return err
	}
	d.saw()

	d.title("Sign out")
	if err := d.run(ctx, nil, "logout", "corp"); err != nil {
		return err
	}
	if err := d.refused(ctx, "credential-process", "dev-Admin"); err != nil {
		return err
	}
	d.saw()
	d.say("\nThat was all. To sign in yourself, in the same place: hatstand demo --sso --shell\n")
	return nil
}

// refused runs hatstand where it is to say that a person is wanted. It opens no browser for that.
func (d *demo) refused(ctx context.Context, args ...string) error {
	d.say("  $ HATSTAND_PROMPT=none hatstand %s\n", shown(args))
	cmd := exec.CommandContext(ctx, d.self, args...)
	cmd.Env, cmd.Dir = append(slices.Clone(d.env), "HATSTAND_PROMPT=none"), d.home
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != advice.NoHuman {
		return errors.Join(fmt.Errorf("%s did not say that somebody has to sign in", shown(args)), err)
	}
	d.say("%s", indent(string(out)))
	return nil
}

// pressAllow is the demo's browser: it goes to an address, and presses "Allow access" on the page that comes.
func pressAllow(ctx context.Context, w app.World, args []string) error {
	if len(args) != 1 || !strings.HasPrefix(args[0], "http://127.0.0.1:") {
		return &ui.UsageError{Reason: "--press is for the demo's own browser", Next: "hatstand demo --sso"}
	}
	page, err := person.Open(ctx, args[0], person.Allow)
	if err == nil && page.Status != 200 {
		err = fmt.Errorf("the page that came back has status %d", page.Status)
	}
	return err
}

// signInShell opens the user's shell where nobody has signed in yet.
func (d *demo) signInShell() error {
	d.say(`A home folder of its own, %s, and a stand-in for AWS on %s, where
alice@example.com may sign in.

  %s
  hatstand list --at corp            what she may use
  hatstand profiles sync             a profile for each
  hatstand exec dev-Admin            a shell as one of them
  hatstand explain deploy            what a role on top of it takes
  hatstand logout corp               sign out

Leave with: exit

`, d.home, d.aws.URL, d.loginLine())
	return d.openShell()
}

// loginLine is what a shell's introduction says of signing in.
func (d *demo) loginLine() string {
	if d.hasDesktop() {
		return "hatstand login corp                sign in: press \"Allow access\" there"
	}
	return "hatstand login corp                sign in; the demo presses \"Allow access\""
}

// hasDesktop reports whether a browser of this machine may come up before the user.
func (d *demo) hasDesktop() bool {
	get := d.world.Getenv
	switch {
	case get("SSH_CONNECTION") != "" || get("SSH_TTY") != "":
		return false
	case d.world.GOOS == "windows" || d.world.GOOS == "darwin":
		return true
	}
	return get("DISPLAY") != "" || get("WAYLAND_DISPLAY") != ""
}
