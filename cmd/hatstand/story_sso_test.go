package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/person"
	"hatstand/credproc/awstest/proxy"
)

// ssoCommands are about a story's Identity Center, "corp": who sits at the browser, and what the
// administrator does meanwhile.
//
// Users alice@example.com (at the browser) and bob@example.com; accounts Dev, Staging and Prod (SSO_DEV, SSO_STAGING,
// SSO_PROD), in each of which alice has the permission sets Admin (1 h) and ReadOnly (8 h); bob has ReadOnly in Dev.
// Role Deploy in 222222222222 trusts Admin of Dev. The start URL is SSO_START_URL, the region SSO_REGION, the endpoint
// AWS_URL; alice as Admin of Dev is SSO_DEV_ADMIN.
func ssoCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"ssoperson": ssoPerson, "ssocorp": ssoCorp, "tlsproxy": tlsProxy, "hosts": askedHosts,
	}
}

const (
	ssoRegion  = "eu-west-1"
	ssoDev     = "444444444444"
	ssoStaging = "555555555555"
	ssoProd    = "666666666666"
	ssoAlice   = "alice@example.com"
	ssoBob     = "bob@example.com"

	// personVariable names the file that says what the person at the browser does.
	personVariable = "STORY_PERSON"
)

// addCorp makes the story's Identity Center, at the URL of its AWS.
func (s *story) addCorp(env *testscript.Env, url string) error {
	s.corp = s.aws.IdentityCenter().AddInstance(url+"/start", ssoRegion)
	s.corp.AddUser(ssoAlice)
	s.corp.AddUser(ssoBob)
	s.corp.AddAccount(
		identitycenter.Account{ID: ssoDev, Name: "Dev", Email: "dev@example.com"},
		identitycenter.Account{ID: ssoStaging, Name: "Staging", Email: "staging@example.com"},
		identitycenter.Account{ID: ssoProd, Name: "Prod", Email: "prod@example.com"},
	)
	for set, life := range map[string]time.Duration{"Admin": time.Hour, "ReadOnly": 8 * time.Hour} {
		if err := s.corp.AddPermissionSet(set, life); err != nil {
			return err
		}
	}
	for _, account := range []string{ssoDev, ssoStaging, ssoProd} {
		for _, set := range []string{"Admin", "ReadOnly"} {
			if err := s.corp.Assign(ssoAlice, account, set); err != nil {
				return err
			}
		}
	}
	if err := s.corp.Assign(ssoBob, ssoDev, "ReadOnly"); err != nil {
		return err
	}
	s.aws.AddRole("arn:aws:iam::"+work+":role/Deploy", awstest.Role{Trust: []awstest.Trust{{
		Principal:    ssoDev,
		PrincipalArn: "arn:aws:iam::" + ssoDev + ":role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*",
	}}})
	for name, value := range map[string]string{
		"SSO_START_URL": s.corp.StartURL(), "SSO_REGION": ssoRegion, "SSO_DEV": ssoDev, "SSO_STAGING": ssoStaging,
		"SSO_PROD":             ssoProd,
		"SSO_DEV_ADMIN":        "arn:aws:sts::" + ssoDev + ":assumed-role/" + s.corp.RoleName(ssoDev, "Admin") + "/" + ssoAlice,
		"AWS_ENDPOINT_URL_SSO": url, "AWS_ENDPOINT_URL_SSO_OIDC": url,
		personVariable: filepath.Join(s.work, "person"),
	} {
		env.Setenv(name, value)
	}
	return nil
}

// ssoperson always approve|deny|ignore is what the person does from now on whom a browser ("browse FILE") shows a page
// of Identity Center; at first they approve.
// ssoperson approve|deny [CODE] answers the device that shows the code, or whichever waits; it waits for one.
// ssoperson visit approve|deny|ignore URL goes to an address; "shown" is the last one that the terminal shows.
// ssoperson port sets PORT to one that a browser may come back to: free, and none that the system gives to others.
// ssoperson is USER puts another user before the browser.
// ssoperson end-session|revoke [USER] ends the sessions of a user (alice@example.com), or takes their access tokens
// alone away.
func ssoPerson(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	word := func(i int, otherwise string) string {
		if len(args) > i {
			return args[i]
		}
		return otherwise
	}
	switch args[0] {
	case "always":
		_, err := pressed(args[1])
		ts.Check(err)
		ts.Check(os.WriteFile(ts.Getenv(personVariable), []byte(args[1]), 0o600))
	case "approve":
		ts.Check(s.aws.IdentityCenter().Approve(waitingCode(ts, word(1, "")), s.aws.Now()))
	case "deny":
		ts.Check(s.aws.IdentityCenter().Deny(waitingCode(ts, word(1, "")), s.aws.Now()))
	case "visit":
		press, err := pressed(args[1])
		ts.Check(err)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		address := args[2]
		if address == "shown" {
			address = s.shown.lastAddress(ts)
		}
		page, err := person.Open(ctx, address, press)
		ts.Check(err)
		ts.Logf("HTTP %d %s", page.Status, page.Body)
	case "port":
		ts.Setenv("PORT", callbackPort(ts))
	case "is":
		ts.Check(s.corp.SetPerson(args[1]))
	case "end-session":
		s.corp.EndSession(word(1, ssoAlice))
	case "revoke":
		s.corp.RevokeTokens(word(1, ssoAlice))
	default:
		ts.Fatalf("ssoperson: unknown %q", args[0])
	}
}

func callbackPort(ts *testscript.TestScript) string {
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(20000)) // below those that systems give out
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			ts.Check(l.Close())
			return port
		}
	}
	ts.Fatalf("no port is free")
	return ""
}

// pressed is the button that goes with a word of ssoperson.
func pressed(word string) (person.Button, error) {
	switch word {
	case "approve":
		return person.Allow, nil
	case "deny":
		return person.Deny, nil
	case "ignore":
		return person.None, nil
	}
	return person.None, fmt.Errorf("ssoperson: approve, deny or ignore, not %q", word)
}

// waitingCode is the user code that a device waits with: this one, or the oldest.
func waitingCode(ts *testscript.TestScript, code string) string {
	aws := of(ts).aws
	for end := time.Now().Add(patience); code == ""; time.Sleep(5 * time.Millisecond) {
		if all := aws.IdentityCenter().Waiting(aws.Now()); len(all) > 0 {
			code = all[0]
		} else if time.Now().After(end) {
			ts.Fatalf("no device ever waited: %v", aws.Calls())
		}
	}
	return code
}

// atBrowser is the button that the story's person presses now.
func atBrowser() (person.Button, error) {
	text, err := os.ReadFile(os.Getenv(personVariable))
	if err != nil {
		return person.Allow, nil
	}
	return pressed(string(text))
}

// ssocorp SETTING=VALUE... changes how corp works: session-life, token-life (at most), registration-life, code-life,
// device-life, interval; refresh=single|reusable|kept; rate=N calls a second at the portal; region=R is that of calls
// whose host name tells none; authorize-error=E is what every browser is sent back with.
// ssocorp assign|unassign USER ACCOUNT SET; ssocorp set NAME DURATION makes or changes a permission set.
// ssocorp account ID NAME opens an account, ssocorp close ID closes one. A NAME in double quotes is read as Go does.
// ssocorp vanity URL [HEADSTATUS] has an address of the company's own lead to the start URL; HEAD is refused with the
// status, if there is one.
// ssocorp fill ACCOUNTS SETS gives alice that many permission sets in that many further accounts.
func ssoCorp(ts *testscript.TestScript, _ bool, args []string) {
	corp := of(ts).corp
	switch args[0] {
	case "assign":
		ts.Check(corp.Assign(args[1], args[2], args[3]))
	case "unassign":
		corp.Unassign(args[1], args[2], args[3])
	case "set":
		d, err := time.ParseDuration(args[2])
		ts.Check(err)
		ts.Check(corp.AddPermissionSet(args[1], d))
	case "account":
		name := args[2]
		if strings.HasPrefix(name, `"`) {
			var err error
			name, err = strconv.Unquote(name)
			ts.Check(err)
		}
		corp.AddAccount(identitycenter.Account{ID: args[1], Name: name, Email: "aws+" + args[1] + "@example.com"})
	case "close":
		corp.RemoveAccount(args[1])
	case "vanity":
		refused := 0
		if len(args) > 2 {
			var err error
			refused, err = strconv.Atoi(args[2])
			ts.Check(err)
		}
		ts.Check(of(ts).aws.IdentityCenter().AddVanityURL(args[1], corp.StartURL(), refused))
	case "fill":
		accounts, err := strconv.Atoi(args[1])
		ts.Check(err)
		sets, err := strconv.Atoi(args[2])
		ts.Check(err)
		ts.Check(fillCorp(corp, accounts, sets))
	default:
		for _, a := range args {
			ts.Check(of(ts).changeCorp(a))
		}
	}
}

// fillCorp gives alice that many permission sets in that many further accounts.
func fillCorp(corp *identitycenter.Instance, accounts, sets int) error {
	for a := range accounts {
		id := fmt.Sprintf("7%011d", a)
		corp.AddAccount(identitycenter.Account{
			ID: id, Name: fmt.Sprintf("Team %03d", a), Email: fmt.Sprintf("team-%03d@example.com", a),
		})
		for n := range sets {
			set := fmt.Sprintf("Set%d", n)
			if err := corp.AddPermissionSet(set, time.Hour); err != nil {
				return err
			}
			if err := corp.Assign(ssoAlice, id, set); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *story) changeCorp(setting string) error {
	name, value, _ := strings.Cut(setting, "=")
	var life time.Duration
	var rate int
	var refresh identitycenter.RefreshMode
	var err error
	switch name {
	case "region", "authorize-error":
	case "rate":
		rate, err = strconv.Atoi(value)
	case "refresh":
		modes := map[string]identitycenter.RefreshMode{
			"single": identitycenter.SingleUse, "reusable": identitycenter.Reusable, "kept": identitycenter.Kept,
		}
		var known bool
		if refresh, known = modes[value]; !known {
			err = fmt.Errorf("ssocorp: refresh=%q", value)
		}
	default:
		life, err = time.ParseDuration(value)
	}
	if err != nil {
		return err
	}
	s.aws.IdentityCenter().Change(func(c *identitycenter.Settings) {
		switch name {
		case "region":
			c.Region = value
		case "authorize-error":
			c.AuthorizeError = value
		case "rate":
			c.Rate = rate
		case "refresh":
			c.Refresh = refresh
		case "session-life":
			c.SessionLife = life
		case "token-life":
			c.MaxTokenLife = life
		case "registration-life":
			c.RegistrationLife = life
		case "code-life":
			c.CodeLife = life
		case "device-life":
			c.DeviceLife = life
		case "interval":
			c.DeviceInterval = life
		default:
			err = fmt.Errorf("ssocorp: unknown %q", name)
		}
	})
	return err
}

// tlsproxy has the story's programs find AWS under its own names: HTTPS_PROXY and AWS_CA_BUNDLE lead there, and no
// endpoint is set any more. Identity Center's start URL, SSO_START_URL, becomes https://d-1234567890.awsapps.com/start.
func tlsProxy(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	p, err := proxy.Start(tap{s.aws, s.secrets})
	ts.Check(err)
	ts.Defer(func() { p.Close() })
	bundle := filepath.Join(s.work, "ca.pem")
	ts.Check(os.WriteFile(bundle, p.CA, 0o600))
	const start = "https://d-1234567890.awsapps.com/start"
	s.corp.Move(start)
	s.proxy = p
	ts.Setenv("HTTPS_PROXY", p.URL)
	ts.Setenv("AWS_CA_BUNDLE", bundle)
	ts.Setenv("SSO_START_URL", start)
	for _, service := range []string{"STS", "IAM", "SIGNIN", "SSO", "SSO_OIDC"} {
		ts.Setenv("AWS_ENDPOINT_URL_"+service, "")
	}
}

// hosts HOST... holds the story's programs to having asked for these hosts by the proxy since the last time, in any order.
func askedHosts(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	all := s.proxy.Hosts()
	got := slices.Compact(slices.Sorted(slices.Values(all[s.hostsSeen:])))
	s.hostsSeen = len(all)
	slices.Sort(args)
	if !slices.Equal(got, args) {
		ts.Fatalf("they asked for %q, want %q", got, args)
	}
}

// ssoSecrets are what Identity Center's JSON has that is secret: of a person's sign-in, which nothing may show, and of
// role credentials.
func ssoSecrets(body []byte) (nowhere, handed []string) {
	for _, m := range regexp.MustCompile(
		`"(clientSecret|deviceCode|code|codeVerifier|accessToken|refreshToken|secretAccessKey|sessionToken)" ?: ?"([^"]+)"`,
	).FindAllSubmatch(body, -1) {
		switch string(m[1]) {
		case "secretAccessKey", "sessionToken":
			handed = append(handed, string(m[2]))
		default:
			nowhere = append(nowhere, string(m[2]))
		}
	}
	return nowhere, handed
}

// sharesTokens reports whether the story's settings have tokens kept where the AWS CLI keeps them, in plain files.
func (s *story) sharesTokens() bool {
	text, err := os.ReadFile(filepath.Join(s.work, "home", ".aws", "config"))
	return err == nil && regexp.MustCompile(`(?m)^\s*sso_cache\s*=\s*shared`).Match(text)
}
