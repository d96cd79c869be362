package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hatstand/credproc"
)

// How many characters an identity policy may have (IAM quotas): one of its own, those that stand in a group, and those
// that stand in a user, all together.
const (
	MaxManaged = 6144
	MaxInGroup = 5120
	MaxInUser  = 2048
)

// An Ask is a plan for which somebody needs to be allowed to call, with what is known beside it.
type Ask struct {
	Plan  credproc.Plan
	Facts Facts
}

// Assume is the identity policy for those who start plans: it allows the first call of each that assumes a role with
// credentials of AWS. With by, it is for the role of that profile, which the plans have on their way: it allows the call
// that the role's sessions make. With accounts, which has wildcards, the roles may be assumed in all accounts with such
// numbers. Errors are *Error.
func Assume(asks []Ask, by, accounts string) (Document, error) {
	var doc Document
	if accounts != "" && !regexp.MustCompile(`^[0-9*?]{1,12}$`).MatchString(accounts) {
		return doc, &Error{Kind: BadAccounts, Reason: fmt.Sprintf("%q is not a pattern of account numbers: digits, * and ?", accounts)}
	}
	for _, ask := range asks {
		c, err := callBy(ask.Plan, by)
		if err != nil {
			return doc, err
		}
		w := &writer{plan: ask.Plan, facts: ask.Facts, doc: doc}
		w.allow(c, accounts)
		doc = w.doc
	}
	doc.Statements = joined(doc.Statements)
	return sized(doc), nil
}

// callBy is the call of a plan that assumes a role with credentials: the first, or that by the role of a profile.
func callBy(p credproc.Plan, by string) (call, error) {
	all := calls(p)
	if len(all) == 0 {
		return call{}, noRole(p)
	}
	i := slices.IndexFunc(all, func(c call) bool { return !c.Call.Federates() })
	if by != "" {
		i = slices.IndexFunc(all, func(c call) bool {
			return c.before != nil && (c.before.Role.Profile == by || c.permissionSet() && p.Base.Profile == by)
		})
	}
	switch {
	case i < 0 && by != "":
		return call{}, &Error{NotOnTheWay, p.Target, fmt.Sprintf("no role of profile %q assumes a role on the way there", by)}
	case i < 0:
		return call{}, &Error{NothingToAllow, p.Target, "nobody needs a permission for it: " + proof(all[0].Call) + " is the proof, and only the role's trust policy decides"}
	}
	return all[i], nil
}

func proof(c credproc.Call) string {
	if c == credproc.AssumeRoleWithSAML {
		return "the SAML assertion"
	}
	return "the web identity's token"
}

func (w *writer) allow(c call, accounts string) {
	role := c.Role.ARN
	if accounts != "" {
		role = strings.Replace(role, ":"+c.Role.AccountID+":", ":"+accounts+":", 1)
		w.note("role %s may be assumed in every account whose number is like %s, other people's too, where its trust policy names the caller", c.Role.Name, accounts)
	}
	s := Statement{Sid: "Assume", Actions: []string{"sts:AssumeRole"}, Resources: known(role)}
	if c.mfa == bySession { // of a code that comes with the call AWS says that trust policies see it
		s.Conditions = append(s.Conditions, is("Bool", "aws:MultiFactorAuthPresent", Value{Text: "true"}))
	}
	w.doc.Statements = append(w.doc.Statements, s)
	w.doc.Statements = append(w.doc.Statements, w.narrower(c, func(s Statement) Statement {
		s.Resources = known(role)
		return s
	})...)
}

// joined merges statements that differ only in their resources, and numbers those with the same ID.
func joined(all []Statement) []Statement {
	var out []Statement
	for _, s := range all {
		same := slices.IndexFunc(out, func(o Statement) bool {
			o.Resources = s.Resources
			return render(o.tree()) == render(s.tree())
		})
		if same < 0 {
			out = append(out, s)
			continue
		}
		for _, r := range s.Resources {
			if !slices.Contains(out[same].Resources, r) {
				out[same].Resources = append(slices.Clone(out[same].Resources), r)
			}
		}
	}
	seen := map[string]int{}
	for i, s := range out {
		if seen[s.Sid]++; seen[s.Sid] > 1 {
			out[i].Sid = fmt.Sprintf("%s%d", s.Sid, seen[s.Sid])
		}
	}
	return out
}

// sized notes what a policy is too long for.
func sized(d Document) Document {
	n := d.Size()
	where := ""
	switch {
	case n > MaxManaged:
		where = fmt.Sprintf("a managed policy may have %d: divide it", MaxManaged)
	case n > MaxInGroup:
		where = fmt.Sprintf("a group's own policies may have %d together: make it a managed policy", MaxInGroup)
	case n > MaxInUser:
		where = fmt.Sprintf("a user's own policies may have %d together: put it into a group, or make it a managed policy", MaxInUser)
	}
	if where != "" {
		d.Notes = append(d.Notes, fmt.Sprintf("it has %d characters; %s", n, where))
	}
	return d
}

// OwnCredentials is the identity policy with which the IAM user of a plan's base looks after their own password, access
// keys and MFA device, and does nothing else without MFA but sign in with it. Errors are *Error.
func OwnCredentials(p credproc.Plan, f Facts) (Document, error) {
	if !p.Base.MayBeUser() {
		return Document{}, &Error{NotUser, p.Target, "its credentials are not an IAM user's: " + p.Base.WhyTemporary()}
	}
	if err := f.check(p); err != nil {
		return Document{}, err
	}
	w := &writer{plan: p, facts: f}
	user, device := w.ownARNs()
	allow := func(sid string, resource Value, actions ...string) {
		w.doc.Statements = append(w.doc.Statements, Statement{Sid: sid, Actions: actions, Resources: []Value{resource}})
	}
	allow("SeeWhatThereIs", Value{Text: "*"}, "iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices")
	allow("OwnPassword", user, "iam:ChangePassword", "iam:GetUser")
	allow("OwnAccessKeys", user, "iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys",
		"iam:UpdateAccessKey")
	allow("MakeMFADevice", device, "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice")
	allow("OwnMFADevice", user, "iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice")
	without := []string{"iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetAccountPasswordPolicy",
		"iam:GetUser", "iam:ListMFADevices", "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken"}
	if slices.ContainsFunc(calls(p), func(c call) bool { return c.mfa == withCall }) {
		without = append(without, "sts:AssumeRole") // the code comes with this call: AWS says that trust policies see it
	}
	w.doc.Statements = append(w.doc.Statements, Statement{Sid: "NothingElseWithoutMFA", Deny: true, NotActions: without,
		Resources: known("*"), Conditions: []Condition{is("BoolIfExists", "aws:MultiFactorAuthPresent", Value{Text: "false"})}})
	return sized(w.doc), nil
}

// ownARNs returns the ARNs of the calling user and of their devices. They fit every user of the account.
func (w *writer) ownARNs() (user, device Value) {
	caller := w.facts.callerOf(w.plan)
	account, path := "", "user/"
	if f := strings.SplitN(caller, ":", 6); len(f) == 6 {
		account = f[4]
		if strings.HasPrefix(f[5], "user/") {
			path = f[5][:strings.LastIndexByte(f[5], '/')+1]
		}
	} else if f := strings.SplitN(w.plan.Serial(), ":", 6); len(f) == 6 {
		account = f[4]
	} else {
		account = w.plan.Base.AccountID
	}
	if account == "" {
		u := w.unknown("ACCOUNT", "the ARNs of the account's users and MFA devices: arn:"+w.plan.Partition+":iam::ACCOUNT:user/${aws:username}, and mfa/*")
		return u, u
	}
	iam := "arn:" + w.plan.Partition + ":iam::" + account + ":"
	return Value{Text: iam + path + "${aws:username}"}, Value{Text: iam + "mfa/*"}
}
