// Package credproc decides how a chain of profiles becomes temporary credentials. It is pure: no network, no
// other program, no clock, no keyring.
//
// NewPlan says which STS calls a chain needs and why; Fresh says when credentials need renewal; Encode writes the
// document of a credential_process and Decode reads one. Package resolve runs a plan. A cached item serves only the
// plan that made it, and ambient credentials are used only where the profile says credential_source = Environment.
package credproc

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hatstand/credproc/credentials"
	"hatstand/credproc/internal/text"
	"hatstand/profiles"
	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

// Durations that STS gives where nothing else is asked for, and the most it gives.
// Source: the STS API reference, AssumeRole and GetSessionToken, DurationSeconds.
const (
	DefaultSessionDuration = 12 * time.Hour
	DefaultRoleDuration    = time.Hour
	// MaxChainedDuration bounds a role assumed with temporary credentials, a session's included.
	MaxChainedDuration = time.Hour
	// MaxRootSessionDuration bounds a session of the account's root user.
	MaxRootSessionDuration = time.Hour
)

// A Call is an STS action.
type Call string

// The calls to STS.
const (
	GetSessionToken Call = "GetSessionToken"
	AssumeRole      Call = "AssumeRole"
	// GetRoleCredentials is IAM Identity Center's: it exchanges a person's sign-in for a permission set's credentials.
	GetRoleCredentials Call = "GetRoleCredentials"
	// AssumeRoleWithWebIdentity assumes a role with the token of an OpenID Connect provider.
	AssumeRoleWithWebIdentity Call = "AssumeRoleWithWebIdentity"
	// AssumeRoleWithSAML assumes a role with an assertion of a SAML provider.
	AssumeRoleWithSAML Call = "AssumeRoleWithSAML"
	// GetFederationToken narrows an IAM user's long-lived keys to credentials that the console takes.
	GetFederationToken Call = "GetFederationToken"
	// GetCallerIdentity is in no plan. It says whose the credentials are.
	GetCallerIdentity Call = "GetCallerIdentity"
)

// An Item names a step's credentials in the cache.
type Item struct {
	Base  string // the base profile; "" where Grant is set
	Grant string // the key of the person's sign-in that they come from; "" where they come from none
	Hash  string // of everything that AWS is sent, up to this step
}

// A Step is one call to AWS.
type Step struct {
	Call   Call
	Reason string        // why the plan has it
	Role   profiles.Role // of the calls that assume one; flags are folded in
	// Grant is the sign-in that is exchanged; zero: none is. For GetRoleCredentials, Region and Endpoint are of STS,
	// which is asked who the person is.
	Grant profiles.Grant
	// Account and PermissionSet are for GetRoleCredentials only.
	Account, PermissionSet string
	Serial                 string        // set: the call carries a token code of this device
	Duration               time.Duration // what STS is asked for; 0: the permission set or the SAML assertion says
	Shortened              string        // why Duration is less than what was asked for; "": it is not
	Region                 string
	Endpoint               profiles.Endpoint
	Item                   Item
}

// RoleInAccount is what the step's credentials are of, in words: "Admin in 222222222222"; "" for a session of the keys
// themselves.
func (s Step) RoleInAccount() string {
	if s.PermissionSet != "" {
		return s.PermissionSet + " in " + s.Account
	}
	f := strings.SplitN(s.Role.ARN, ":", 6) // arn:PARTITION:iam::ACCOUNT:role/PATH/NAME
	if len(f) < 6 {
		return s.Role.ARN
	}
	return strings.TrimPrefix(f[5], "role/") + " in " + f[4]
}

// A Plan is the STS calls a chain needs, in order. It is a value: making one does no I/O, and it
// holds no secret but the keys that the base profile's file holds.
type Plan struct {
	Target     string // as asked: a profile, or an ad-hoc role
	Source     string // the profile an ad-hoc role starts from
	Base       profiles.Base
	Temporary  bool   // the base's credentials are temporary
	Steps      []Step // empty: the base's own credentials are the answer
	MFAProcess profiles.Setting
	Partition  string
	Region     string // what a child should use; "": none is known
	// NoSession: the base's long-lived keys are used as they are, with no session in between.
	NoSession bool
	// LongLived is the plan to follow if the base's program answers with long-lived keys; Steps is then the plan for
	// temporary credentials. Decided picks one when the program has answered. Both cache the credentials of each role
	// as the same item. nil: the base's kind decides.
	LongLived *Plan
	// Variables say where a child process sends its calls. STS never sees them.
	Variables []profiles.Variable
	// Refused is why none of the calls may be made, in a plan that is only to be shown (profiles.Request.ToShow).
	Refused error
}

// NewPlan decides which calls the chain needs. Errors are *Error, or the
// limits of package profiles.
func NewPlan(c *profiles.Chain, o Options) (Plan, error) {
	p := Plan{
		Target: c.Target, Source: o.Source, Base: c.Base, MFAProcess: c.MFAProcess,
		Partition: c.Partition, Region: c.Region, Variables: c.Variables, Refused: c.Refused,
	}
	if err := checkSupported(c); err != nil {
		return Plan{}, err
	}
	if c.Base.Kind == profiles.Environment {
		p.Base.AccessKeyID = o.Ambient.AccessKeyID
		p.Base.SecretAccessKey = profiles.Secret(o.Ambient.SecretAccessKey)
		p.Base.SessionToken = profiles.Secret(o.Ambient.SessionToken)
	}
	if err := p.leaveOutSession(c, o); err != nil {
		return Plan{}, err
	}
	// Until the program has answered, its credentials count as temporary.
	p.Temporary = p.Base.Life() != profiles.LongLived
	plan, err := p.steps(c, o)
	if err != nil || p.Base.Life() != profiles.Undecided {
		return plan, err
	}
	p.Temporary = false
	long, err := p.steps(c, o)
	if err != nil {
		return Plan{}, err
	}
	return plan.orLongLived(long), nil
}

// leaveOutSession notes that the plan uses no session, which only long-lived keys can do without.
func (p *Plan) leaveOutSession(c *profiles.Chain, o Options) error {
	if p.NoSession = o.NoSession || c.NoSession.IsSet(); !p.NoSession || p.Base.Life() != profiles.Temporary {
		return nil
	}
	e := &Error{Kind: NotKeys, Target: c.Target, Subject: "no session"}
	what := "no session"
	if !o.NoSession {
		e.Subject, what = "session", "session = none ("+c.NoSession.Where()+")"
	}
	e.Reason = what + " is for long-lived keys, and " + c.Base.WhyTemporary()
	return e
}

// steps fills in the calls.
func (p Plan) steps(c *profiles.Chain, o Options) (Plan, error) {
	first, exchanged, err := exchange(c, o)
	if err != nil {
		return Plan{}, err
	}
	if exchanged && len(c.Roles) == 0 {
		p.Steps = []Step{first}
		return p.withItems(), nil
	}
	if len(c.Roles) == 0 && o.Federates() {
		return planFederation(p, c, o)
	}
	if len(c.Roles) == 0 {
		if err := refuseRoleOptions(c.Target, o); err != nil {
			return Plan{}, err
		}
		return planSession(p, c, o)
	}
	roles, err := narrow(c, o)
	if err != nil {
		return Plan{}, err
	}
	if exchanged {
		p.Steps = []Step{first}
	}
	p.Steps = append(p.Steps, planRoles(p, c, roles, o.Direct)...)
	return p.withItems(), nil
}

// Decided is the plan for the credentials that the base has given, which it holds from then on.
func (p Plan) Decided(c credentials.Value) Plan {
	if p.LongLived != nil && c.SessionToken == "" {
		p = *p.LongLived
	}
	p.LongLived = nil
	if c.AccountID != "" {
		p.Base.AccountID = c.AccountID
	}
	p.Base.AccessKeyID = c.AccessKeyID
	p.Base.SecretAccessKey, p.Base.SessionToken = profiles.Secret(c.SecretAccessKey), profiles.Secret(c.SessionToken)
	return p
}

// planSession is the plan of a profile without a role: a session, or the temporary base as it is.
func planSession(p Plan, c *profiles.Chain, o Options) (Plan, error) {
	if p.Temporary {
		if o.Duration != 0 {
			return Plan{}, &Error{Kind: AlreadyTemporary, Target: c.Target, Subject: "duration",
				Reason: "its credentials are temporary already: their source decides how long they last"}
		}
		return p, nil
	}
	if p.NoSession {
		if o.Duration != 0 {
			return Plan{}, &Error{Kind: NeverExpire, Target: c.Target, Subject: "duration",
				Reason: "its long-lived keys are the answer, since no session is used: they do not expire"}
		}
		return p, nil
	}
	if o.Duration != 0 {
		if err := limits.CheckSessionDuration(o.Duration); err != nil {
			return Plan{}, badOption(c.Target, "duration", err)
		}
	}
	p.Steps = []Step{sessionStep(c, c.Base.MFASerial.Value, o.Duration)}
	return p.withItems(), nil
}

func planRoles(p Plan, c *profiles.Chain, roles []profiles.Role, direct bool) []Step {
	serial, profile := deviceOf(c, roles)
	asked := roles[0].Duration
	if asked == 0 {
		asked = DefaultRoleDuration
	}
	var steps []Step
	first := roleStep(c, roles[0])
	switch {
	case p.Temporary:
		first.Reason = "the base's credentials are temporary: " + c.Base.WhyTemporary()
		first.cap()
	case len(roles) == 1 && serial != "" && asked > MaxChainedDuration:
		first.Serial = serial
		first.Reason = fmt.Sprintf("asked for %s: the code goes with this call, because through a session STS gives "+
			"at most %s", Human(asked), Human(MaxChainedDuration))
	case len(roles) == 1 && serial != "" && direct:
		first.Serial = serial
		first.Reason = "the code goes with this call, because AWS lets a console outlast the credentials only where " +
			"no session was in between"
	case p.NoSession && serial != "":
		first.Serial = serial
		first.Reason = "the code goes with this call, because no session is used"
		if len(roles) > 1 {
			first.cap()
		}
	case serial != "":
		session := sessionStep(c, serial, 0)
		session.Reason = "one code for every role of this base: mfa_serial of " + profile
		steps = append(steps, session)
		first.Reason = "with the session, whose MFA counts for the role"
		first.cap()
	default:
		first.Reason = "no MFA device is set: with the long-lived keys"
		if len(roles) > 1 {
			first.cap()
		}
	}
	steps = append(steps, first)
	for _, r := range roles[1:] {
		next := roleStep(c, r)
		next.Reason = "role chaining: with the credentials of the role before it"
		next.cap()
		steps = append(steps, next)
	}
	return steps
}

// deviceOf picks the MFA device whose code the plan asks for, and the profile that names it. A role's own serial beats
// the base's. Only a call with an IAM user's credentials can carry a code, so the first role's device comes first; one
// that a later role names still says that MFA is wanted.
func deviceOf(c *profiles.Chain, roles []profiles.Role) (serial, profile string) {
	if s := roles[0].MFASerial.Value; s != "" {
		return s, "profile " + strconv.Quote(roles[0].Profile)
	}
	if s := c.Base.MFASerial.Value; s != "" {
		return s, "profile " + strconv.Quote(c.Base.Profile)
	}
	for _, r := range roles[1:] {
		if s := r.MFASerial.Value; s != "" {
			return s, "profile " + strconv.Quote(r.Profile)
		}
	}
	return "", ""
}

func sessionStep(c *profiles.Chain, serial string, asked time.Duration) Step {
	s := Step{
		Call: GetSessionToken, Serial: serial, Duration: asked,
		Region: c.SessionRegion, Endpoint: c.SessionSTS,
	}
	if s.Duration == 0 {
		s.Duration = c.Base.SessionDuration
	}
	if s.Duration == 0 {
		s.Duration = DefaultSessionDuration
	}
	if strings.HasSuffix(serial, ":mfa/root-account-mfa-device") && s.Duration > MaxRootSessionDuration {
		s.Shortened = fmt.Sprintf("from %s: STS gives the root user at most %s", Human(s.Duration),
			Human(MaxRootSessionDuration))
		s.Duration = MaxRootSessionDuration
	}
	s.Reason = "temporary credentials for the profile itself, with the code of its MFA device"
	if serial == "" {
		s.Reason = "temporary credentials for the profile itself; no MFA device is set"
	}
	return s
}

func roleStep(c *profiles.Chain, r profiles.Role) Step {
	s := Step{Call: AssumeRole, Role: r, Duration: r.Duration, Region: c.Region, Endpoint: c.STS}
	if s.Duration == 0 {
		s.Duration = DefaultRoleDuration
	}
	if s.Region == "" {
		s.Region = partitions.LeaderRegion(c.Partition)
	}
	return s
}

// cap applies the limit on role chaining.
func (s *Step) cap() {
	if s.Duration > MaxChainedDuration {
		s.Shortened = fmt.Sprintf("from %s: STS gives chained credentials at most %s", Human(s.Duration),
			Human(MaxChainedDuration))
		s.Duration = MaxChainedDuration
	}
}

// Direct reports whether the credentials asked for are not chained: a role that is assumed with long-lived keys
// (through a session it is chained too), or what a sign-in is exchanged for.
func (p Plan) Direct() bool {
	if len(p.Steps) == 1 && (p.Steps[0].Exchanges() || p.Steps[0].Call.Federates()) {
		return true
	}
	return !p.Temporary && len(p.Steps) == 1 && p.Steps[0].Call == AssumeRole
}

// ReasonRequired is where it is set that a call of the plan carries a reason: the session tag limits.ReasonTag. Each
// step whose Role.ReasonRequired is set carries it; the text is not part of the plan. The zero Setting: none does.
func (p Plan) ReasonRequired() profiles.Setting {
	for _, s := range p.Steps {
		if s.Role.ReasonRequired.IsSet() {
			return s.Role.ReasonRequired
		}
	}
	if p.LongLived != nil {
		return p.LongLived.ReasonRequired()
	}
	return profiles.Setting{}
}

// BareKeys reports whether long-lived keys are the plan's answer, or may be.
func (p Plan) BareKeys() bool {
	if p.LongLived != nil {
		return p.LongLived.BareKeys()
	}
	return !p.Temporary && len(p.Steps) == 0
}

// Account is the account of the role asked for, else the base's where that is known; "" if it is not.
func (p Plan) Account() string {
	if n := len(p.Steps); n > 0 {
		switch last := p.Steps[n-1]; last.Call {
		case AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML:
			return last.Role.AccountID
		case GetRoleCredentials:
			return last.Account
		}
	}
	return p.Base.AccountID
}

// Words is the target as a command line names it.
func (p Plan) Words() string {
	if p.Source == "" {
		return p.Target
	}
	return p.Target + " --source " + p.Source
}

// CodeItem names the credentials of the call that carries a token code; the zero Item if no call does.
func (p Plan) CodeItem() Item {
	for _, s := range p.Steps {
		if s.Serial != "" {
			return s.Item
		}
	}
	if p.LongLived != nil {
		return p.LongLived.CodeItem()
	}
	return Item{}
}

// Role is the ARN of the role asked for; "" if there is none.
func (p Plan) Role() string {
	if n := len(p.Steps); n > 0 {
		return p.Steps[n-1].Role.ARN
	}
	return ""
}

// Serial is the MFA device of the plan, or of the base where the plan asks for no code; "" if there
// is none.
func (p Plan) Serial() string {
	for _, s := range p.Steps {
		if s.Serial != "" {
			return s.Serial
		}
	}
	return p.Base.MFASerial.Value
}

// Human writes a duration as people say it: 1 h, 90 min, 45 s.
func Human(d time.Duration) string { return text.Human(d) }
