package policy

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"hatstand/credproc"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// MaxTrust is how many characters a trust policy may have unless AWS has raised the account's quota (IAM quotas).
const MaxTrust = 2048

// Trust is the trust policy of the role that a plan ends with: it admits the plan's last call and no other. Errors are
// *Error.
func Trust(p credproc.Plan, f Facts) (Document, error) {
	all := calls(p)
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Call == credproc.GetRoleCredentials {
		return Document{}, &Error{Managed, p.Target, "it has no role of its own: IAM Identity Center looks after the trust policy of its permission set"}
	}
	if len(all) == 0 {
		return Document{}, noRole(p)
	}
	if err := f.check(p); err != nil {
		return Document{}, err
	}
	last := all[len(all)-1]
	w := &writer{plan: p, facts: f}
	who, about := w.principal(last)
	assume := Statement{Sid: "Assume", Principals: who, Actions: []string{"sts:" + string(last.Call)}, Conditions: about}
	assume.Conditions = append(assume.Conditions, w.conditions(last)...)
	w.doc.Statements = append([]Statement{assume}, w.narrower(last, func(s Statement) Statement {
		s.Principals, s.Conditions = who, slices.Concat(about, s.Conditions)
		return s
	})...)
	w.doc.noteTrustSize()
	return w.doc, nil
}

func noRole(p credproc.Plan) error {
	return &Error{NoRole, p.Target, "it assumes no role, so that nobody has to trust it"}
}

// A writer writes a document about a plan.
type writer struct {
	plan  credproc.Plan
	facts Facts
	doc   Document
}

func (w *writer) note(format string, args ...any) {
	w.doc.add(nil, []string{fmt.Sprintf(format, args...)})
}

// unknown is a part that the plan does not tell.
func (w *writer) unknown(name, what string) Value {
	w.doc.add([]Unknown{{name, what}}, nil)
	return Value{Unknown: name}
}

func is(operator, key string, values ...Value) Condition {
	return Condition{operator, Value{Text: key}, values}
}

// principal is who may make a call, and the conditions that say it where no principal can.
func (w *writer) principal(c call) ([]Principal, []Condition) {
	arn := func(account, rest string) Value {
		return Value{Text: "arn:" + w.plan.Partition + ":iam::" + account + ":" + rest}
	}
	switch {
	case c.Call == credproc.AssumeRoleWithWebIdentity:
		return w.provider(c)
	case c.Call == credproc.AssumeRoleWithSAML:
		return w.samlProvider(c)
	case c.permissionSet():
		// The role's name ends in 16 hexadecimal digits that nobody knows beforehand, and its path has the region of
		// Identity Center, but for us-east-1.
		path := "role/aws-reserved/sso.amazonaws.com/"
		name := "AWSReservedSSO_" + c.before.PermissionSet + "_" + strings.Repeat("?", 16)
		return []Principal{{"AWS", arn(c.before.Account, "root")}}, []Condition{is("ArnLike", "aws:PrincipalArn",
			arn(c.before.Account, path+name), arn(c.before.Account, path+"*/"+name))}
	case !c.base():
		return []Principal{{"AWS", Value{Text: c.before.Role.ARN}}}, nil
	}
	if name := w.facts.callerOf(w.plan); name != "" {
		return []Principal{{"AWS", Value{Text: name}}}, nil
	}
	return []Principal{{"AWS", w.unknown("PRINCIPAL", unnamedOwner(w.plan))}}, nil
}

// provider returns the provider of a web identity.
func (w *writer) provider(c call) ([]Principal, []Condition) {
	issuer, audience := w.facts.Issuer, w.facts.Audience
	if g := w.plan.Base.Grant; !g.IsZero() {
		issuer, audience = g.Issuer, g.ClientID
	}
	host := issuer
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		host = u.Host + strings.TrimSuffix(u.Path, "/")
	}
	who := Value{Text: "arn:" + w.plan.Partition + ":iam::" + c.Role.AccountID + ":oidc-provider/" + host}
	if builtIn(host) {
		who.Text = host
	}
	key := func(claim string) Value { return Value{Text: host + ":" + claim} }
	if host == "" {
		who = w.unknown("ISSUER", "which OpenID provider issues the token: Federated is its ARN in IAM, and the keys begin with its URL without https://")
		key = func(claim string) Value { return Value{Unknown: "ISSUER:" + claim} }
	}
	value := Value{Text: audience}
	if audience == "" {
		value = w.unknown("AUDIENCE", "the token's aud (its azp, if it has one)")
	}
	all := []Condition{{"StringEquals", key("aud"), []Value{value}}}
	switch subject := w.facts.Subject; {
	case subject == "":
		all = append(all, Condition{"StringEquals", key("sub"), []Value{w.unknown("SUBJECT", "the token's sub: who it is about")}})
	case strings.ContainsAny(subject, "*?"):
		all = append(all, Condition{"StringLike", key("sub"), known(subject)})
		w.note("everybody whose sub is like %s is trusted", subject)
	default:
		all = append(all, Condition{"StringEquals", key("sub"), known(subject)})
	}
	return []Principal{{"Federated", who}}, all
}

// builtIn reports whether IAM knows a provider without anybody having added it.
func builtIn(host string) bool {
	return slices.Contains([]string{"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}, host)
}

func (w *writer) samlProvider(c call) ([]Principal, []Condition) {
	who := Value{Text: w.plan.Base.SAMLProvider}
	if w.facts.Caller != "" {
		who.Text = w.facts.Caller
	}
	if who.Text == "" {
		who = w.unknown("PROVIDER", "the ARN of the SAML provider in account "+c.Role.AccountID)
	}
	saml := w.plan.Base.SAML
	audience := Value{Text: partitions.SAMLAudience(w.plan.Partition)}
	if saml.Method == profiles.SAMLACS {
		audience.Text = fmt.Sprintf("http://127.0.0.1:%d/saml", saml.Port)
	}
	if audience.Text == "" {
		audience = w.unknown("RECIPIENT", "the address to which the provider sends its assertions")
	}
	return []Principal{{"Federated", who}}, []Condition{is("StringEquals", "SAML:aud", audience)}
}

// conditions are what a role can demand of the call that assumes it.
func (w *writer) conditions(c call) []Condition {
	var all []Condition
	switch c.mfa {
	case bySession, withCall:
		all = append(all, is("Bool", "aws:MultiFactorAuthPresent", Value{Text: "true"}))
	case perhaps:
		all = append(all, is("Bool", "aws:MultiFactorAuthPresent", w.unknown("MFA", "whether the program gives long-lived keys: "+
			"\"true\" then; else leave the condition out, since hatstand asks for no code")))
	}
	if c.Role.ExternalID != "" {
		all = append(all, is("StringEquals", "sts:ExternalId", Value{Text: c.Role.ExternalID}))
	}
	if name, operator := w.sessionName(c); name != "" {
		all = append(all, is(operator, "sts:RoleSessionName", Value{Text: name}))
	}
	return slices.Concat(all, sourceConditions(c), tagConditions(c))
}

// sessionName is the role session's name that a trust policy can demand, and how it compares; "": it can demand none.
func (w *writer) sessionName(c call) (name, operator string) {
	switch {
	case c.Call == credproc.AssumeRoleWithSAML:
		return "", "" // the provider says
	case c.Role.SessionName != "":
		return c.Role.SessionName, "StringEquals"
	case !c.base() || c.Call.Federates():
		return "", ""
	}
	user, device := w.facts.User, w.plan.Serial()
	if arn := w.plan.Base.Grant.ARN; arn != "" {
		user, device = arn, ""
	}
	name = credproc.DefaultSessionName(user, device, func() string { return "" })
	switch caller := w.facts.callerOf(w.plan); {
	case !strings.Contains(user, ":user/") && !strings.Contains(device, ":mfa/"):
		return "", "" // who is logged in to this machine: nothing at AWS compares with it
	case strings.HasSuffix(user, "/"+name) && (caller == user || strings.HasSuffix(caller, ":root")):
		name = "${aws:username}"
	}
	return name, "StringEquals"
}

func sourceConditions(c call) []Condition {
	switch {
	case c.source != "": // it stays, whatever the call says
		return []Condition{is("StringEquals", "aws:SourceIdentity", Value{Text: c.source})}
	case c.Role.SourceIdentity != "":
		return []Condition{is("StringEquals", "sts:SourceIdentity", Value{Text: c.Role.SourceIdentity})}
	}
	return nil
}

// tagConditions hold a call to the tags that it passes, and to no others, and to those that its caller's session has.
func tagConditions(c call) []Condition {
	var all []Condition
	var keys, onward []string
	for _, t := range passed(c.Role) {
		all = append(all, t.condition("aws:RequestTag/"))
		keys = append(keys, t.key)
		if handsOn(c.Role, t.key) {
			onward = append(onward, t.key)
		}
	}
	for _, t := range c.tags {
		all = append(all, t.condition("aws:PrincipalTag/"))
	}
	if len(keys) > 0 {
		all = append(all, is("ForAllValues:StringEquals", "aws:TagKeys", known(keys...)...))
	}
	if len(onward) > 0 {
		all = append(all, is("ForAllValues:StringEquals", "sts:TransitiveTagKeys", known(onward...)...))
	}
	return all
}

// narrower are the statements for what a call does beside assuming the role: it passes tags, or a source identity.
func (w *writer) narrower(c call, add func(Statement) Statement) []Statement {
	var all []Statement
	if len(passed(c.Role))+len(c.tags) > 0 {
		all = append(all, add(Statement{Sid: "Tag", Actions: []string{"sts:TagSession"}, Conditions: tagConditions(c)}))
	}
	if c.Role.SourceIdentity != "" || c.source != "" {
		all = append(all, add(Statement{Sid: "SetSourceIdentity", Actions: []string{"sts:SetSourceIdentity"},
			Conditions: sourceConditions(c)}))
	}
	return all
}

// TrustAll is the trust policy of a role that several plans end with: it admits the last call of each.
func TrustAll(asks []Ask) (Document, error) {
	var all Document
	for _, ask := range asks {
		d, err := Trust(ask.Plan, ask.Facts)
		if err != nil {
			return d, err
		}
		if first := asks[0].Plan; ask.Plan.Role() != first.Role() {
			return d, &Error{OtherRole, ask.Plan.Target, fmt.Sprintf("its role is %s, and that of %q is %s: each role has a trust policy of its own",
				ask.Plan.Role(), first.Target, first.Role())}
		}
		all.Statements = append(all.Statements, d.Statements...)
		all.add(d.Unknown, d.Notes)
	}
	all.Statements = joined(all.Statements)
	if len(asks) > 1 {
		all.Notes = slices.DeleteFunc(all.Notes, func(note string) bool { return strings.HasPrefix(note, tooLong) })
		all.noteTrustSize()
	}
	return all, nil
}

const tooLong = "the trust policy has "

func (d *Document) noteTrustSize() {
	if n := d.Size(); n > MaxTrust {
		d.Notes = append(d.Notes, fmt.Sprintf(tooLong+"%d characters: a role takes %d, unless AWS has raised the account's quota", n, MaxTrust))
	}
}

// add adds unknown parts and notes that the document has not yet.
func (d *Document) add(unknown []Unknown, notes []string) {
	for _, u := range unknown {
		if !slices.Contains(d.Unknown, u) {
			d.Unknown = append(d.Unknown, u)
		}
	}
	for _, n := range notes {
		if !slices.Contains(d.Notes, n) {
			d.Notes = append(d.Notes, n)
		}
	}
}
