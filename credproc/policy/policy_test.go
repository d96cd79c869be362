package policy_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hatstand/credproc"
	judge "hatstand/credproc/awstest/policy"
	"hatstand/credproc/policy"
	"hatstand/profiles"
)

// planOf is the plan of profile prod of a config.
func planOf(t testing.TB, config string) credproc.Plan {
	t.Helper()
	set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(config)}, profiles.File{Path: "credentials"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := set.Chain(profiles.Request{Target: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := credproc.NewPlan(c, credproc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A world is a plan's base as AWS sees it: who calls for the role.
type world struct {
	name   string
	config string // PART is the partition, REGION one of its regions
	facts  policy.Facts
	// principal makes the last call.
	principal, role, federated, username string
	// has are the keys of the call beside those that come from the role's settings.
	has map[string]string
	// others are who must not get in: other principals, each by its own name.
	others map[string]judge.Request
}

const (
	role = "\n[profile prod]\nregion = REGION\nrole_arn = arn:PART:iam::222222222222:role/team/Admin\n"
	keys = role + "source_profile = me\n"
	full = "external_id = partner-7\nsource_identity = alice\nsession_tags = Team=core,Cost=7\ntransitive_session_tags = Cost\n"
	me   = "[profile me]\nregion = REGION\nmfa_serial = arn:PART:iam::111111111111:mfa/phone\n"
)

const alice = "arn:PART:iam::111111111111:user/team/alice"

func user(arn, name string) judge.Request {
	r := judge.Request{Principal: arn, Account: strings.Split(arn, ":")[4]}
	r.Set("aws:PrincipalArn", arn)
	r.Set("aws:username", name)
	return r
}

func worlds() []world {
	mfa := map[string]string{"aws:MultiFactorAuthPresent": "true", "sts:RoleSessionName": "alice"}
	others := map[string]judge.Request{
		"another user":                user("arn:PART:iam::111111111111:user/bob", "bob"),
		"the name in another account": user("arn:PART:iam::999999999999:user/team/alice", "alice"),
	}
	oidc := "[hatstand-oidc corp]\noidc_issuer = https://idp.example.com/tenant\noidc_client_id = aws\n"
	session := func(account, path, name string) judge.Request {
		r := judge.Request{Principal: "arn:PART:sts::" + account + ":assumed-role/" + name + "/alice", Account: account}
		r.Role = "arn:PART:iam::" + account + ":role/" + path + name
		r.Set("aws:PrincipalArn", r.Role)
		return r
	}
	const reserved, admin = "aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_0123456789abcdef"
	sso := "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = REGION\n" +
		"[profile me]\nregion = REGION\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
	return []world{
		{name: "keys with MFA", config: me + keys, facts: policy.Facts{User: alice}, principal: alice,
			username: "alice", has: mfa, others: others},
		{name: "keys with MFA and everything", config: me + keys + full, facts: policy.Facts{User: alice}, principal: alice,
			username: "alice", has: mfa, others: others},
		{name: "keys that need a reason", config: me + keys + "reason = required\nsession_tags = Team=core\n", facts: policy.Facts{User: alice},
			principal: alice, username: "alice", has: mfa, others: others},
		{name: "keys without MFA", config: strings.Replace(me, "mfa_serial", "# ", 1) + keys + full, facts: policy.Facts{User: alice},
			principal: alice, username: "alice", has: map[string]string{"sts:RoleSessionName": "alice"}, others: others},
		{name: "a code with the call", config: me + keys + "duration_seconds = 7200\n", facts: policy.Facts{User: alice},
			principal: alice, username: "alice", has: mfa, others: others},
		{name: "a session name", config: me + keys + "role_session_name = robot\n", facts: policy.Facts{User: alice},
			principal: alice, username: "alice", others: others,
			has: map[string]string{"aws:MultiFactorAuthPresent": "true", "sts:RoleSessionName": "robot"}},
		{name: "keys of nobody known, named", config: me + keys, facts: policy.Facts{Caller: alice}, principal: alice,
			username: "alice", others: others,
			has: map[string]string{"aws:MultiFactorAuthPresent": "true", "sts:RoleSessionName": "phone"}},
		{name: "an account", config: me + keys + full, facts: policy.Facts{User: alice, Caller: "111111111111"}, principal: alice,
			username: "alice", has: mfa, others: map[string]judge.Request{"another account": others["the name in another account"]}},
		{name: "a role before it", config: me + "[profile hub]\nrole_arn = arn:PART:iam::333333333333:role/Hub\nsource_profile = me\n" +
			"source_identity = alice\nsession_tags = Cost=7\ntransitive_session_tags = Cost\n" + role + "source_profile = hub\n",
			facts:     policy.Facts{User: alice},
			principal: "arn:PART:sts::333333333333:assumed-role/Hub/alice", role: "arn:PART:iam::333333333333:role/Hub",
			has: map[string]string{"aws:SourceIdentity": "alice", "aws:PrincipalTag/Cost": "7", "sts:RoleSessionName": "alice",
				"inherited": ""},
			others: map[string]judge.Request{"another role": session("333333333333", "", "Other"), "a user": user(alice, "alice")}},
		{name: "Identity Center", config: sso + keys + full,
			principal: "arn:PART:sts::111111111111:assumed-role/" + admin + "/alice@example.com",
			role:      "arn:PART:iam::111111111111:role/" + reserved + "REGION/" + admin,
			has:       map[string]string{"sts:RoleSessionName": "alice@example.com"},
			others: map[string]judge.Request{
				"a permission set whose name is longer": session("111111111111", reserved+"REGION/", "AWSReservedSSO_Admin_X_0123456789abcdef"),
				"another permission set":                session("111111111111", reserved, "AWSReservedSSO_ReadOnly_0123456789abcdef"),
				"another account":                       session("444444444444", reserved, admin),
				"a role that looks like it":             session("111111111111", "", admin),
				"a user":                                user(alice, "alice"),
			}},
		{name: "Identity Center in us-east-1", config: sso + keys,
			principal: "arn:PART:sts::111111111111:assumed-role/" + admin + "/alice@example.com",
			role:      "arn:PART:iam::111111111111:role/" + reserved + admin,
			has:       map[string]string{"sts:RoleSessionName": "alice@example.com"}},
		{name: "an OpenID provider", config: oidc + role + "oidc = corp\nrole_session_name = ci\n", facts: policy.Facts{Subject: "id-of-alice"},
			federated: "arn:PART:iam::222222222222:oidc-provider/idp.example.com/tenant",
			has: map[string]string{"idp.example.com/tenant:aud": "aws", "idp.example.com/tenant:sub": "id-of-alice",
				"sts:RoleSessionName": "ci"},
			others: map[string]judge.Request{
				"another provider":                      {Federated: "arn:PART:iam::222222222222:oidc-provider/idp.example.com"},
				"the provider of an account of its own": {Federated: "arn:PART:iam::111111111111:oidc-provider/idp.example.com/tenant"},
				"a user":                                user(alice, "alice"),
			}},
		{name: "a web identity's file", config: role + "web_identity_token_file = /token\n",
			facts:     policy.Facts{Issuer: "https://ci.example.com", Audience: "sts", Subject: "repo:org/app:*"},
			federated: "arn:PART:iam::222222222222:oidc-provider/ci.example.com",
			has:       map[string]string{"ci.example.com:aud": "sts", "ci.example.com:sub": "repo:org/app:main", "sts:RoleSessionName": "x"}},
		{name: "SAML", config: "[hatstand-saml corp]\nsaml_url = https://idp.example.com/aws\n" + role + "saml = corp\n",
			facts:     policy.Facts{Caller: "arn:PART:iam::222222222222:saml-provider/corp"},
			federated: "arn:PART:iam::222222222222:saml-provider/corp",
			has:       map[string]string{"SAML:aud": "AUDIENCE", "sts:RoleSessionName": "alice"},
			others:    map[string]judge.Request{"another provider": {Federated: "arn:PART:iam::222222222222:saml-provider/corp2"}}},
		{name: "the AWS console", config: "[profile me]\nregion = REGION\nlogin_session = " + alice + "\n" + keys,
			principal: alice, username: "alice", has: map[string]string{"sts:RoleSessionName": "alice"}, others: others},
		{name: "the AWS console, as a role", config: "[profile me]\nregion = REGION\n" +
			"login_session = arn:PART:sts::111111111111:assumed-role/Admin/alice\n" + keys,
			principal: "arn:PART:sts::111111111111:assumed-role/Admin/alice", role: "arn:PART:iam::111111111111:role/x/Admin",
			has: map[string]string{"sts:RoleSessionName": "alice"},
			others: map[string]judge.Request{"another session": {Principal: "arn:PART:sts::111111111111:assumed-role/Admin/bob",
				Role: "arn:PART:iam::111111111111:role/x/Admin", Account: "111111111111"}}},
		{name: "an instance, named", config: role + "credential_source = Ec2InstanceMetadata\n",
			facts:     policy.Facts{Caller: "arn:PART:iam::111111111111:role/Instance"},
			principal: "arn:PART:sts::111111111111:assumed-role/Instance/i-0", role: "arn:PART:iam::111111111111:role/Instance",
			has: map[string]string{"sts:RoleSessionName": "x"}},
	}
}

// places are the partitions, each with a region and where its SAML providers post to.
func places() map[string][2]string {
	return map[string][2]string{
		"aws":        {"eu-west-1", "https://signin.aws.amazon.com/saml"},
		"aws-cn":     {"cn-north-1", "https://signin.amazonaws.cn/saml"},
		"aws-us-gov": {"us-gov-west-1", "https://signin.amazonaws-us-gov.com/saml"},
		"aws-eusc":   {"eusc-de-east-1", "https://signin.amazonaws-eusc.eu/saml"},
		"aws-iso":    {"us-iso-east-1", "https://signin.c2shome.ic.gov/saml"},
		"aws-iso-b":  {"us-isob-east-1", "https://signin.sc2shome.sgov.gov/saml"},
	}
}

// request is the plan's last call as AWS sees it, for an action.
func (w world) request(p credproc.Plan, fill *strings.Replacer, action string) judge.Request {
	r := judge.Request{Action: action, Federated: fill.Replace(w.federated), Principal: fill.Replace(w.principal),
		Role: fill.Replace(w.role)}
	if w.principal != "" {
		r.Account = strings.Split(w.principal, ":")[4]
		r.Set("aws:PrincipalArn", cmp.Or(r.Role, r.Principal))
	}
	if w.username != "" {
		r.Set("aws:username", w.username)
	}
	for key, value := range w.has {
		if value != "" && (action == "sts:AssumeRole" || r.Federated != "" || !strings.HasPrefix(key, "sts:")) {
			r.Set(key, fill.Replace(value))
		}
	}
	last := p.Steps[len(p.Steps)-1].Role
	if last.ExternalID != "" && action == "sts:AssumeRole" {
		r.Set("sts:ExternalId", last.ExternalID)
	}
	if last.SourceIdentity != "" && action != "sts:TagSession" {
		r.Set("sts:SourceIdentity", last.SourceIdentity)
	}
	for _, t := range last.Tags {
		r.Set("aws:RequestTag/"+t.Key, t.Value)
		r.Set("aws:TagKeys", t.Key)
	}
	if last.ReasonRequired.IsSet() {
		r.Set("aws:RequestTag/Reason", "the pager rang")
		r.Set("aws:TagKeys", "Reason")
	}
	if len(last.TransitiveTags) > 0 {
		r.Set("sts:TransitiveTagKeys", last.TransitiveTags...)
	}
	return r
}

// actions are those that AWS asks about for the plan's last call.
func (w world) actions(p credproc.Plan) []string {
	last := p.Steps[len(p.Steps)-1]
	all := []string{"sts:" + string(last.Call)}
	_, inherited := w.has["inherited"]
	if len(last.Role.Tags) > 0 || last.Role.ReasonRequired.IsSet() || inherited {
		all = append(all, "sts:TagSession")
	}
	if last.Role.SourceIdentity != "" || inherited {
		all = append(all, "sts:SetSourceIdentity")
	}
	return all
}

// each runs a test for each world in each partition.
func each(t *testing.T, do func(*testing.T, world, credproc.Plan, *strings.Replacer)) {
	for _, partition := range slices.Sorted(maps.Keys(places())) {
		for _, w := range worlds() {
			t.Run(partition+"/"+w.name, func(t *testing.T) {
				at := places()[partition]
				fill := strings.NewReplacer("PART", partition, "REGION", at[0], "AUDIENCE", at[1])
				w.facts.User, w.facts.Caller = fill.Replace(w.facts.User), fill.Replace(w.facts.Caller)
				do(t, w, planOf(t, fill.Replace(w.config)), fill)
			})
		}
	}
}

func TestATrustPolicyAdmitsThePlanAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w world, p credproc.Plan, fill *strings.Replacer) {
		d, err := policy.Trust(p, w.facts)
		if err != nil || len(d.Unknown) > 0 {
			t.Fatal(err, d.Unknown)
		}
		read, problem := judge.ParseTrust(d.JSON(), p.Partition)
		if problem != "" {
			t.Fatalf("%s\n%s", problem, d.JSON())
		}
		admits := func(change func(*judge.Request)) bool {
			for _, action := range w.actions(p) {
				r := w.request(p, fill, action)
				change(&r)
				if !read.Judge(r).Allowed {
					return false
				}
			}
			return true
		}
		if !admits(func(*judge.Request) {}) {
			t.Fatalf("the plan is refused:\n%s", d.JSON())
		}
		for _, action := range []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession",
			"sts:SetSourceIdentity"} {
			if !slices.Contains(w.actions(p), action) && read.Judge(w.request(p, fill, action)).Allowed {
				t.Errorf("%s is allowed, and the plan has none:\n%s", action, d.JSON())
			}
		}
		for name, other := range w.others {
			if admits(func(r *judge.Request) {
				keep := r.Context
				r.Principal, r.Role, r.Federated = fill.Replace(other.Principal), fill.Replace(other.Role), fill.Replace(other.Federated)
				r.Account, r.Context = other.Account, map[string][]string{}
				for key, values := range keep {
					if key != "aws:principalarn" && key != "aws:username" {
						r.Context[key] = values
					}
				}
				for key, values := range other.Context {
					r.Set(key, fill.Replace(values[0]))
				}
			}) {
				t.Errorf("%s is let in:\n%s", name, d.JSON())
			}
		}
		w.holdKeys(t, p, fill, admits)
	})
}

// holdKeys takes each key away from the call, and gives it another value: then the policy must refuse it.
func (w world) holdKeys(t *testing.T, p credproc.Plan, fill *strings.Replacer, admits func(func(*judge.Request)) bool) {
	// Nothing tells these beforehand: who signed in, or who is logged in to this machine.
	free := map[string]bool{"aws:principalarn": true, "aws:username": true}
	first := w.request(p, fill, w.actions(p)[0])
	if name := first.Context["sts:rolesessionname"]; len(name) == 1 && !slices.Contains([]string{"robot", "phone", "ci"}, name[0]) &&
		w.username == "" {
		free["sts:rolesessionname"] = true
	}
	for key, values := range first.Context {
		if free[key] {
			continue
		}
		if !strings.HasSuffix(key, "tagkeys") && admits(func(r *judge.Request) { delete(r.Context, key) }) {
			t.Errorf("%s is let in without %s", w.name, key)
		}
		if key != "aws:requesttag/reason" && admits(func(r *judge.Request) {
			if r.Context[key] != nil {
				r.Context[key] = append(slices.Clone(values[1:]), "other")
			}
		}) {
			t.Errorf("%s is let in with another %s", w.name, key)
		}
		if strings.HasSuffix(key, "tagkeys") && admits(func(r *judge.Request) { r.Set(key, "More") }) {
			t.Errorf("%s is let in with one more of %s", w.name, key)
		}
	}
}

func TestAnIdentityPolicyAllowsThePlanAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w world, p credproc.Plan, fill *strings.Replacer) {
		by := ""
		if w.role != "" && strings.Contains(w.config, "[profile hub]") {
			by = "hub"
		}
		d, err := policy.Assume([]policy.Ask{{Plan: p, Facts: w.facts}}, by, "")
		if w.federated != "" {
			if e, ok := err.(*policy.Error); !ok || e.Kind != policy.NothingToAllow {
				t.Fatalf("%v", err)
			}
			return
		}
		if err != nil || len(d.Unknown) > 0 {
			t.Fatal(err, d.Unknown)
		}
		read, problem := judge.ParseIdentity(d.JSON(), p.Partition)
		if problem != "" {
			t.Fatalf("%s\n%s", problem, d.JSON())
		}
		allowed := func(change func(*judge.Request)) bool {
			for _, action := range w.actions(p) {
				r := w.request(p, fill, action)
				r.Resource = p.Role()
				change(&r)
				if !read.Judge(r).Allowed {
					return false
				}
			}
			return true
		}
		if !allowed(func(*judge.Request) {}) {
			t.Errorf("the plan is refused:\n%s", d.JSON())
		}
		for _, other := range []string{strings.Replace(p.Role(), "222222222222", "999999999999", 1), p.Role() + "2", "*",
			strings.Replace(p.Role(), "/team", "", 1)} {
			if allowed(func(r *judge.Request) { r.Resource = other }) {
				t.Errorf("%s may be assumed:\n%s", other, d.JSON())
			}
		}
		if s := p.Steps[0]; s.Call == credproc.GetSessionToken && s.Serial != "" && by == "" &&
			allowed(func(r *judge.Request) { delete(r.Context, "aws:multifactorauthpresent") }) {
			t.Errorf("allowed without MFA:\n%s", d.JSON())
		}
	})
}

// What a plan does not tell stands in the policy so that nobody takes it.
func TestUnknownParts(t *testing.T) {
	const undecided = "[profile me]\ncredential_process = /bin/other\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
	at := strings.NewReplacer("PART", "aws", "REGION", "eu-west-1")
	for _, row := range []struct {
		name, config string
		facts        policy.Facts
		want         string
	}{
		{"keys that nobody has looked at", me + keys, policy.Facts{}, "PRINCIPAL"},
		{"another program", undecided + keys, policy.Facts{}, "PRINCIPAL MFA"},
		{"another program whose user is named", undecided + keys, policy.Facts{Caller: "arn:aws:iam::111111111111:user/alice"}, "MFA"},
		{"the environment", role + "credential_source = Environment\n", policy.Facts{}, "PRINCIPAL"},
		{"an instance", role + "credential_source = Ec2InstanceMetadata\n", policy.Facts{}, "PRINCIPAL"},
		{"a container", role + "credential_source = EcsContainer\n", policy.Facts{}, "PRINCIPAL"},
		{"the console, before anybody signed in", "[profile me]\nlogin_session = \n" + keys, policy.Facts{}, "PRINCIPAL"},
		{"a token that cannot be read", role + "web_identity_token_file = /token\n", policy.Facts{}, "ISSUER AUDIENCE SUBJECT"},
		{"a person at an OpenID provider", "[hatstand-oidc corp]\noidc_issuer = https://idp.example.com\noidc_client_id = aws\n" +
			role + "oidc = corp\n", policy.Facts{}, "SUBJECT"},
		{"a SAML provider", "[hatstand-saml corp]\nsaml_url = https://idp.example.com/aws\n" + role + "saml = corp\n",
			policy.Facts{}, "PROVIDER"},
		{"a SAML provider of a partition whose sign-in host is not known", "[hatstand-saml corp]\nsaml_url = https://idp.example.com/aws\n" +
			strings.ReplaceAll(role, "PART", "aws-iso-f") + "saml = corp\n",
			policy.Facts{Caller: "arn:aws-iso-f:iam::222222222222:saml-provider/corp"}, "RECIPIENT"},
	} {
		p := planOf(t, at.Replace(row.config))
		d, err := policy.Trust(p, row.facts)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var got []string
		for _, u := range d.Unknown {
			got = append(got, u.Name)
			if !strings.Contains(d.JSON(), "@UNKNOWN_"+u.Name) || u.What == "" {
				t.Errorf("%s: %+v stands nowhere:\n%s", row.name, u, d.JSON())
			}
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %v, want %s", row.name, got, row.want)
		}
		if _, problem := judge.ParseTrust(d.JSON(), p.Partition); problem == "" || strings.Contains(d.JSON(), "*") {
			t.Errorf("%s: a reader takes it, or it has a wildcard:\n%s", row.name, d.JSON())
		}
	}
}

func TestThereIsNoPolicy(t *testing.T) {
	at := strings.NewReplacer("PART", "aws", "REGION", "eu-west-1")
	sso := "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n" +
		"[profile prod]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
	trust := func(config string, f policy.Facts) error {
		_, err := policy.Trust(planOf(t, at.Replace(config)), f)
		return err
	}
	assume := func(config, by, accounts string) error {
		_, err := policy.Assume([]policy.Ask{{Plan: planOf(t, at.Replace(config))}}, by, accounts)
		return err
	}
	own := func(config string) error {
		_, err := policy.OwnCredentials(planOf(t, at.Replace(config)), policy.Facts{})
		return err
	}
	bare := "[profile prod]\nregion = eu-west-1\n"
	for name, row := range map[string]struct {
		err  error
		kind policy.Kind
	}{
		"trust, without a role":            {trust(bare, policy.Facts{}), policy.NoRole},
		"trust, of a permission set":       {trust(sso, policy.Facts{}), policy.Managed},
		"trust, a caller with a wildcard":  {trust(me+keys, policy.Facts{Caller: "arn:aws:iam::111111111111:user/*"}), policy.BadPrincipal},
		"trust, everybody":                 {trust(me+keys, policy.Facts{Caller: "*"}), policy.BadPrincipal},
		"trust, another partition":         {trust(me+keys, policy.Facts{Caller: "arn:aws-cn:iam::111111111111:user/a"}), policy.BadPrincipal},
		"trust, a caller of a known base":  {trust(strings.ReplaceAll(sso, "prod", "me")+keys, policy.Facts{Caller: "111111111111"}), policy.CallerIsTold},
		"assume, without a role":           {assume(bare, "", ""), policy.NoRole},
		"assume, by who is not on the way": {assume(me+keys, "hub", ""), policy.NotOnTheWay},
		"assume, a word for accounts":      {assume(me+keys, "", "all"), policy.BadAccounts},
		"own credentials, none":            {own(sso), policy.NotUser},
	} {
		e, ok := row.err.(*policy.Error)
		if !ok || e.Kind != row.kind || e.Reason == "" {
			t.Errorf("%s: %v", name, row.err)
		}
	}
}

func TestManyAccountsAndManyProfiles(t *testing.T) {
	at := strings.NewReplacer("PART", "aws", "REGION", "eu-west-1")
	admin := planOf(t, at.Replace(me+keys))
	dev := planOf(t, strings.ReplaceAll(at.Replace(me+keys), "222222222222", "333333333333"))
	tagged := planOf(t, at.Replace(me+keys+full))
	d, err := policy.Assume([]policy.Ask{{Plan: admin}, {Plan: dev}, {Plan: admin}, {Plan: tagged}}, "", "")
	if err != nil || len(d.Statements) != 3 || len(d.Statements[0].Resources) != 2 || len(d.Notes) != 0 {
		t.Errorf("%v %v\n%s", err, d.Notes, d.JSON())
	}
	d, err = policy.Assume([]policy.Ask{{Plan: admin}, {Plan: dev}}, "", "*")
	if err != nil || len(d.Statements) != 1 || !strings.Contains(d.JSON(), `"arn:aws:iam::*:role/team/Admin"`) || len(d.Notes) != 1 {
		t.Errorf("%v %v\n%s", err, d.Notes, d.JSON())
	}
	var many []policy.Ask
	for i := range 150 {
		many = append(many, policy.Ask{Plan: planOf(t, strings.ReplaceAll(at.Replace(me+keys), "222222222222", fmt.Sprintf("2222222222%02d", i%100)))})
		d, _ := policy.Assume(many, "", "")
		n, notes := d.Size(), strings.Join(d.Notes, "")
		want := ""
		switch {
		case n > 6144:
			want = "managed policy may have 6144"
		case n > 5120:
			want = "group's own policies may have 5120"
		case n > 2048:
			want = "user's own policies may have 2048"
		}
		if !strings.Contains(notes, want) || (want == "") != (notes == "") {
			t.Fatalf("%d characters: %q", n, notes)
		}
	}
}

func TestAUserLooksAfterTheirOwnCredentials(t *testing.T) {
	for partition, at := range places() {
		fill := strings.NewReplacer("PART", partition, "REGION", at[0])
		p := planOf(t, fill.Replace(me+keys))
		for _, arn := range []string{"arn:PART:iam::111111111111:user/alice", alice} {
			arn = fill.Replace(arn)
			d, err := policy.OwnCredentials(p, policy.Facts{User: arn})
			if err != nil || len(d.Unknown)+len(d.Notes) > 0 {
				t.Fatal(err, d.Unknown, d.Notes)
			}
			read, problem := judge.ParseIdentity(d.JSON(), partition)
			if problem != "" {
				t.Fatalf("%s\n%s", problem, d.JSON())
			}
			device := fill.Replace("arn:PART:iam::111111111111:mfa/alice")
			for _, row := range []struct {
				action, resource string
				mfa, without     bool
			}{
				{"iam:CreateAccessKey", arn, true, false}, {"iam:DeleteAccessKey", arn, true, false}, {"iam:GetUser", arn, true, true},
				{"iam:ChangePassword", arn, true, true}, {"iam:CreateVirtualMFADevice", device, true, true},
				{"iam:EnableMFADevice", arn, true, true}, {"iam:DeactivateMFADevice", arn, true, false},
				{"iam:DeleteVirtualMFADevice", device, true, false}, {"iam:ListVirtualMFADevices", "*", true, true},
				{"iam:CreateAccessKey", arn + "2", false, false}, {"iam:DeactivateMFADevice", strings.Replace(arn, "alice", "malice", 1), false, false},
				{"iam:CreateAccessKey", strings.Replace(arn, "111111111111", "999999999999", 1), false, false},
				{"iam:CreateUser", arn, false, false}, {"iam:AttachUserPolicy", arn, false, false}, {"s3:ListAllMyBuckets", "*", false, false},
			} {
				for _, mfa := range []bool{true, false} {
					r := user(arn, "alice")
					r.Action, r.Resource = row.action, row.resource
					if mfa {
						r.Set("aws:MultiFactorAuthPresent", "true")
					}
					if got, want := read.Judge(r).Allowed, mfa && row.mfa || !mfa && row.without; got != want {
						t.Errorf("%s: %s on %s, MFA %v: %v", partition, row.action, row.resource, mfa, got)
					}
				}
			}
			deny := user(arn, "alice")
			for action, denied := range map[string]bool{"sts:GetSessionToken": false, "sts:AssumeRole": true, "s3:GetObject": true} {
				if deny.Action, deny.Resource = action, "*"; read.Judge(deny).Denied != denied {
					t.Errorf("%s without MFA: denied is not %v", action, denied)
				}
			}
		}
	}
	at := strings.NewReplacer("PART", "aws", "REGION", "eu-west-1")
	// Without a session the code comes with AssumeRole itself, which the policy must not deny then.
	d, err := policy.OwnCredentials(planOf(t, at.Replace(me+keys+"duration_seconds = 7200\n")), policy.Facts{User: at.Replace(alice)})
	if err != nil || !strings.Contains(d.JSON(), `"sts:AssumeRole"`) {
		t.Errorf("%v\n%s", err, d.JSON())
	}
	d, err = policy.OwnCredentials(planOf(t, at.Replace(strings.Replace(me, "mfa_serial", "# ", 1)+keys)), policy.Facts{})
	if _, problem := judge.ParseIdentity(d.JSON(), "aws"); err != nil || problem == "" || len(d.Unknown) != 1 {
		t.Errorf("%v %v\n%s", err, d.Unknown, d.JSON())
	}
}

// Whatever a profile says, its trust policy is one that AWS takes, or one that nobody takes.
func FuzzTrust(f *testing.F) {
	f.Add("partner-7", "alice", "core", "robot", "id-*", "https://idp.example.com/x")
	f.Add(`a"b`, `\`, "${aws:username}", "*", "@UNKNOWN_SUBJECT@", `"`)
	f.Fuzz(func(t *testing.T, external, source, tag, name, subject, issuer string) {
		var p credproc.Plan
		p.Partition = "aws"
		p.Base.Profile = "me"
		r := profiles.Role{ARN: "arn:aws:iam::222222222222:role/Admin", Partition: "aws", AccountID: "222222222222", Name: "Admin",
			ExternalID: external, SourceIdentity: source, SessionName: name, Tags: []profiles.Tag{{Key: "Team", Value: tag}}}
		for _, call := range []credproc.Call{credproc.AssumeRole, credproc.AssumeRoleWithWebIdentity} {
			p.Steps = []credproc.Step{{Call: call, Role: r}}
			d, err := policy.Trust(p, policy.Facts{User: "arn:aws:iam::111111111111:user/alice", Issuer: issuer, Audience: "a", Subject: subject})
			if err != nil {
				t.Fatal(err)
			}
			_, problem := judge.ParseTrust(d.JSON(), "aws")
			if len(d.Unknown) > 0 && problem == "" {
				t.Errorf("unknown parts, and a reader takes it:\n%s", d.JSON())
			}
			if strings.Contains(problem, "Json") && len(d.Unknown) == 0 {
				t.Errorf("%s:\n%s", problem, d.JSON())
			}
		}
	})
}

func TestWhatBothSidesNeed(t *testing.T) {
	each(t, func(t *testing.T, w world, p credproc.Plan, _ *strings.Replacer) {
		needs, err := policy.Needs(p, w.facts)
		if err != nil {
			t.Fatal(err)
		}
		last := needs[len(needs)-1]
		if last.Role != p.Role() || last.Caller == "" || len(last.Trusted) == 0 {
			t.Errorf("%+v", last)
		}
		if (w.federated == "") != slices.Equal(last.Allowed, w.actions(p)) || (w.federated == "") != (last.MFA != "") {
			t.Errorf("%+v, want %v", last, w.actions(p))
		}
	})
	at := strings.NewReplacer("PART", "aws", "REGION", "eu-west-1")
	hub := "[profile hub]\nrole_arn = arn:aws:iam::333333333333:role/Hub\nsource_profile = me\n" + role + "source_profile = hub\n"
	for config, want := range map[string][]string{
		me + keys:                                {"the session before it has MFA"},
		me + keys + "duration_seconds = 7200\n":  {"a code comes with the call"},
		"[profile me]\nregion = REGION\n" + keys: {"none: no device is set"},
		me + hub:                                 {"the session before it has MFA", "none: MFA does not go on from one role to the next"},
		"[profile me]\ncredential_process = /x\nmfa_serial = arn:aws:iam::111111111111:mfa/a\n" + keys: {
			"a code is asked for if the program gives long-lived keys"},
	} {
		needs, err := policy.Needs(planOf(t, at.Replace(config)), policy.Facts{})
		var got []string
		for _, n := range needs {
			got = append(got, n.MFA)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	if _, err := policy.Needs(planOf(t, "[profile prod]\nregion = eu-west-1\n"), policy.Facts{}); err == nil {
		t.Error("a profile without a role has needs")
	}
}
