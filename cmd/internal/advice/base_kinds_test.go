package advice

import (
	"fmt"
	"strings"
	"testing"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// What a person is told of each kind of base, in one place: a new kind without a row fails.
func TestWhatIsSaidOfEachKindOfBase(t *testing.T) {
	const role = "role_arn = arn:aws:iam::222222222222:role/R\n"
	rows := map[profiles.BaseKind]struct {
		config string // of [profile p]
		env    string // NAME=VALUE
		want   string // the words of explain; whether its credentials are temporary, and why; its first call; the hint where AWS refuses them
	}{
		profiles.Keyring: {"region = eu-west-1\n", "", `
			keyring: the keyring's keys of "p"
			long-lived
			GetSessionToken
			store working keys, which replace any that are stored: hatstand keys add --replace p`},
		profiles.Static: {"aws_access_key_id = AKIA1\naws_secret_access_key = s\n", "", `
			file: the keys of "p"
			long-lived
			GetSessionToken
			correct the keys of profile "p" in the credentials file, or store working ones: hatstand keys add p`},
		profiles.Environment: {"credential_source = Environment\n" + role, "AWS_ACCESS_KEY_ID=AKIA1 AWS_SECRET_ACCESS_KEY=s", `
			environment: credentials from the environment of "p"
			long-lived
			AssumeRole
			set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to working keys, with AWS_SESSION_TOKEN if they are temporary`},
		profiles.Process: {"credential_process = vault-keys\n", "", `
			process: credentials from another program of "p"
			only its answer says
			none
			renew what the credential_process of profile "p" gives`},
		profiles.SSO: {"sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n", "", `
			sso: credentials from IAM Identity Center (sso_...) of "p"
			temporary: IAM Identity Center gives them
			GetRoleCredentials
			sign in again: hatstand login --fresh p`},
		profiles.WebIdentity: {"web_identity_token_file = /t\n" + role, "", `
			web-identity: credentials from a web identity token of "p"
			temporary: a web identity token gives them
			AssumeRoleWithWebIdentity
			see what a web identity token gives: hatstand explain p`},
		profiles.OIDC: {"oidc = corp\n" + role + "[hatstand-oidc corp]\noidc_issuer = https://id.example.com\noidc_client_id = c\n", "", `
			oidc: credentials from an OpenID provider (oidc) of "p"
			temporary: an OpenID provider's token gives them
			AssumeRoleWithWebIdentity
			sign in again: hatstand login --fresh p`},
		profiles.SAML: {"saml = corp\n" + role + "[hatstand-saml corp]\nsaml_url = https://id.example.com/aws\n", "", `
			saml: the SAML sign-in of "p"
			temporary: a SAML sign-in gives them
			AssumeRoleWithSAML
			sign in again: hatstand login --fresh p`},
		profiles.LoginSession: {"login_session = arn:aws:iam::111111111111:user/alice\n", "", `
			login-session: credentials from the AWS console (login_session) of "p"
			temporary: a sign-in to the AWS console gives them
			none
			sign in again: hatstand login --fresh p`},
		profiles.EC2Metadata: {"credential_source = Ec2InstanceMetadata\n" + role, "", `
			ec2-metadata: credentials from the EC2 metadata service of "p"
			temporary: the EC2 metadata service gives them
			AssumeRole
			see what the EC2 metadata service gives: hatstand explain p`},
		profiles.ECSContainer: {"credential_source = EcsContainer\n" + role, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/x", `
			ecs-container: credentials from the container's own service of "p"
			temporary: the container's own service gives them
			AssumeRole
			see what the container's own service gives: hatstand explain p`},
	}
	for kind := profiles.BaseKind(0); kind.Word() != "unknown"; kind++ {
		row, ok := rows[kind]
		if !ok {
			t.Errorf("%s has no row here: what is a person told of it?", kind.Word())
			continue
		}
		set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte("[profile p]\n" + row.config)}, profiles.File{})
		if err != nil {
			t.Fatal(err)
		}
		env := map[string]string{}
		for _, word := range strings.Fields(row.env) {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		chain, err := set.Chain(profiles.Request{Target: "p", Getenv: func(name string) string { return env[name] }})
		if err != nil || chain.Base.Kind != kind {
			t.Errorf("%s: the chain starts from %v: %v", kind.Word(), chain, err)
			continue
		}
		plan, err := credproc.NewPlan(chain, credproc.Options{Ambient: credentials.Value{
			AccessKeyID: env["AWS_ACCESS_KEY_ID"], SecretAccessKey: env["AWS_SECRET_ACCESS_KEY"]}})
		base, first := chain.Base, "none"
		switch {
		case !kind.Supported() && err != nil:
			first = "not supported"
		case err != nil:
			t.Errorf("%s: %v", kind.Word(), err)
			continue
		case len(plan.Steps) > 0:
			first, base = string(plan.Steps[0].Call), plan.Base
		}
		life := map[profiles.Life]string{profiles.LongLived: "long-lived", profiles.Undecided: "only its answer says",
			profiles.Temporary: "temporary: " + base.WhyTemporary()}[base.Life()]
		refused := &sts.RefusedError{Target: "p", Call: credproc.AssumeRole, Code: "ExpiredToken", Facts: sts.Facts{
			Profile: "p", Base: "p", Kind: kind, Words: "p", Temporary: base.Life() == profiles.Temporary}}
		got := fmt.Sprintf("%s: %s \"p\"\n%s\n%s\n%s", kind.Word(), kind.Start(), life, first, Hints(refused)[0])
		if want := strings.ReplaceAll(strings.TrimSpace(row.want), "\t", ""); got != want {
			t.Errorf("of %s is said\n%s\nand not\n%s", kind.Word(), got, want)
		}
	}
}

// What is refused for another reason than the token gets STS's common hints.
func TestARefusedWebIdentityHasTheCommonHintsToo(t *testing.T) {
	for _, code := range []string{"RegionDisabledException", "ValidationError"} {
		e := &sts.RefusedError{Target: "p", Call: credproc.AssumeRoleWithWebIdentity, Code: code, Message: "no"}
		common := *e
		common.Call = credproc.AssumeRole
		if got, want := Hints(e), Hints(&common); len(got) != len(want) {
			t.Errorf("%s: %q, and of another call %q", code, got, want)
		}
	}
	e := &sts.RefusedError{Target: "p", Call: credproc.AssumeRoleWithWebIdentity, Code: "RegionDisabledException"}
	if len(Hints(e)) == 0 {
		t.Error("no hint")
	}
}
