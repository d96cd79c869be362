// Package explain is the verb explain: what the next use of a profile does, step by step, and why, with no call to AWS.
// With --denied it is what each side of each call has to allow. It asks nobody and shows no secret.
package explain

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/overview"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/profiles"
)

// Deps are what the verb uses.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Targets  app.Targets
	Keyring  *provider.Keyring
	Provider *provider.Provider
	Overview overview.Overview
}

// New is the verb explain.
func New(d Deps) *cobra.Command {
	k := provider.RoleFlags{ToShow: true, Federate: true}
	var asJSON, denied bool
	cmd := &cobra.Command{
		Use:   "explain [PROFILE]",
		Short: "Show which STS calls a profile needs and why, with no network",
		Long: `Shows the plan: each STS call in order, why it is there, how long its
credentials live, whether they are cached and until when, what you would be
asked for, and which variables of the environment say where the calls go.
Nothing is sent and nothing is asked. With --denied: what the caller and the
role have to allow, for a call that AWS refuses.`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := d.Targets.Chosen(cmd.Context(), args)
			if err != nil {
				return err
			}
			// The plan looks into the keyring too, where a credential_process starts aws-vault.
			ctx := prompt.With(cmd.Context(), prompt.Never)
			p, err := d.Provider.Plan(ctx, target, &k)
			if err != nil {
				return err
			}
			if denied {
				calls, err := d.denied(ctx, p)
				if err != nil {
					return err
				}
				if asJSON {
					return d.World.Streams().PrintJSON(calls)
				}
				return d.printDenied(calls)
			}
			e := d.explain(ctx, p)
			for _, v := range app.Variables(d.World) {
				if v.Sends {
					e.sends = append(e.sends, v)
				}
			}
			if asJSON {
				e.Environment = named(e.sends)
				return d.World.Streams().PrintJSON(e)
			}
			return d.print(e)
		},
	}
	k.AddPlan(cmd.Flags())
	k.AddNoSession(cmd.Flags())
	cmd.Flags().BoolVar(&denied, "denied", false, "show what each side has to allow")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: explanation{}}, ui.Document{With: "--denied", Of: []deniedCall{}})
	return cmd
}

// explanation is a plan with what the keyring holds of it.
type explanation struct {
	Target    string        `json:"target"`
	Partition string        `json:"partition"`
	Region    string        `json:"region,omitempty"`
	Base      explainedBase `json:"base"`
	// SignIn is the person's sign-in that the credentials come from; nil where they come from none.
	SignIn *explainedSignIn `json:"sign_in,omitempty"`
	// SAML is the [hatstand-saml] section that the next use signs in to, in a browser; "" if it does not.
	SAML  string          `json:"saml_sign_in,omitempty"`
	Steps []explainedStep `json:"steps"`
	// AsksFor is the MFA device whose code the next use needs, or may need where the keyring could not be
	// read; "" if it needs none.
	AsksFor string `json:"asks_for,omitempty"`
	// CodeFrom says where that code comes from: a stored seed, mfa_process, a prompt; "" if that is not known.
	CodeFrom string `json:"code_from,omitempty"`
	// AsksReason is where it is set that the next use needs a reason; "" if it needs none.
	AsksReason string `json:"asks_for_reason,omitempty"`
	// Keyring is why the cache could not be read; "" if it could.
	Keyring string `json:"keyring_error,omitempty"`
	// Fails is why the next use fails; "" if nothing says that it will.
	Fails string `json:"fails,omitempty"`
	// Environment are the variables that say where the calls go.
	Environment map[string]string `json:"environment,omitempty"`
	// LongLived is what happens instead where the base's answer has no session token; nil where that is known.
	LongLived *explanation `json:"if_long_lived,omitempty"`

	sends  []app.Variable
	hints  []string
	bare   bool // long-lived keys are the answer
	locked bool // a passphrase is all that keeps the keyring from being read
}

type explainedBase struct {
	Profile string `json:"profile"`
	// Kind is keyring, file, environment, process, ...
	Kind string `json:"kind"`
	kind profiles.BaseKind
}

type explainedStep struct {
	Call        string     `json:"call"`
	Role        string     `json:"role,omitempty"`
	Account     string     `json:"account,omitempty"` // with PermissionSet: GetRoleCredentials only
	Set         string     `json:"permission_set,omitempty"`
	MFASerial   string     `json:"mfa_serial,omitempty"`
	Seconds     int        `json:"duration_seconds,omitempty"` // 0: the permission set or the SAML assertion says
	Shortened   string     `json:"shortened,omitempty"`
	Region      string     `json:"region"`
	Endpoint    string     `json:"endpoint,omitempty"`
	Reason      string     `json:"reason"`
	CachedUntil *time.Time `json:"cached_until,omitempty"`
	Fresh       bool       `json:"fresh"`
	// Tagged: the call carries a reason, as the session tag Reason.
	Tagged bool `json:"reason_required,omitempty"`
	unseen bool // it could not be seen whether it is cached
}

func (d Deps) explain(ctx context.Context, p credproc.Plan) explanation {
	e := explanation{
		Target: p.Target, Partition: p.Partition, Region: p.Region, Steps: []explainedStep{},
		Base: explainedBase{Profile: p.Base.Profile, Kind: p.Base.Kind.Word(), kind: p.Base.Kind},
		bare: p.BareKeys() && p.LongLived == nil,
	}
	if p.LongLived != nil {
		long := d.explain(ctx, *p.LongLived)
		e.LongLived = &long
	}
	keyring := d.Keyring.Asking(prompt.Never)
	store, err := keyring.Open(ctx)
	if !p.Base.Grant.IsZero() {
		var unseen error
		e.SignIn, unseen = d.explainSignIn(ctx, keyring, p)
		err = cmp.Or(err, unseen)
	}
	var needed bool // the base's credentials are, unless something made of them is cached
	e.Steps, needed, err = d.explainSteps(ctx, p, e.SignIn, store, err)
	if p.Refused != nil {
		e.Fails, e.hints = p.Refused.Error(), advice.Hints(p.Refused)
		return e
	}
	if err == nil && needed {
		var missing error
		if missing, err = checkBase(ctx, p, store); missing != nil {
			e.Fails, e.hints = missing.Error(), advice.Hints(missing)
			return e
		}
	}
	// The steps before a cached one are not needed.
	i := len(e.Steps) - 1
	for ; i >= 0 && !e.Steps[i].Fresh; i-- {
		if e.SignIn != nil && p.Steps[i].Exchanges() {
			e.SignIn.Needed = !e.SignIn.SignedIn
		}
		if p.Steps[i].Call == credproc.AssumeRoleWithSAML && p.Base.SAML.NeedsPerson() {
			e.SAML = p.Base.SAML.Name
		}
		if e.Steps[i].Tagged {
			e.AsksReason = p.Steps[i].Role.ReasonRequired.Where()
		}
		if e.Steps[i].MFASerial != "" {
			e.AsksFor = e.Steps[i].MFASerial
			var unseen error
			e.CodeFrom, unseen = d.codeFrom(ctx, p, store, e.AsksFor)
			err = cmp.Or(err, unseen)
		}
	}
	if i < 0 && e.Base.kind.SignsInToCredentials() {
		e.SignIn.Needed = !e.SignIn.SignedIn
	}
	if err != nil {
		e.Keyring = err.Error()
		// That nobody could be asked is this verb's own doing.
		if e.locked = cache.IsPassphrase(err) && errors.Is(err, cache.ErrNobody) && !isUsage(err); e.locked {
			e.Keyring = "keyring file: it is locked, and explain does not ask for its passphrase"
		}
	}
	return e
}

// explainSteps looks for each step's credentials in the keyring. needed is false where some are cached. unread is why
// the keyring cannot be read, and is handed on.
func (d Deps) explainSteps(ctx context.Context, p credproc.Plan, signIn *explainedSignIn, store *cache.Store,
	unread error) (steps []explainedStep, needed bool, err error) {
	steps, needed, err = []explainedStep{}, true, unread
	for _, s := range p.Steps {
		step := explainedStep{
			Call: string(s.Call), Role: s.Role.ARN, Account: s.Account, Set: s.PermissionSet, MFASerial: s.Serial,
			Seconds: int(s.Duration.Seconds()), Shortened: s.Shortened, Region: s.Region, Endpoint: s.Endpoint.URL,
			Reason: s.Reason, Tagged: s.Role.ReasonRequired.IsSet(),
		}
		if err == nil {
			var c credentials.Value
			var issued time.Time
			c, issued, err = store.Session(ctx, cache.SessionID(s.Item))
			if errors.Is(err, cache.ErrNotFound) {
				err = nil
			} else if err == nil && c.Expires.After(d.World.Now()) && signIn.gave(c) {
				at := c.Expires.UTC()
				step.CachedUntil, step.Fresh = &at, credproc.Fresh(d.World.Now(), issued, at)
				needed = false
			}
		}
		step.unseen = err != nil
		steps = append(steps, step)
	}
	return steps, needed, err
}

// checkBase says what the next use fails with where nothing holds the credentials that the plan starts with. err is
// that of a keyring that cannot be read.
func checkBase(ctx context.Context, p credproc.Plan, store *cache.Store) (missing, err error) {
	switch p.Base.Kind {
	case profiles.Environment:
		if p.Base.AccessKeyID == "" || p.Base.SecretAccessKey == "" {
			return resolve.MissingVariables(p.Target, p.Base.Profile), nil
		}
	case profiles.ECSContainer:
		if p.Base.Metadata.URL == "" {
			return resolve.MissingContainer(p.Target, p.Base.Profile), nil
		}
	case profiles.Keyring:
		_, err = store.Keys(ctx, p.Base.Profile)
		switch {
		case errors.Is(err, cache.ErrNotFound):
			return resolve.MissingKeys(p.Target, p.Base.Profile), nil
		case errors.Is(err, cache.Corrupt), errors.Is(err, cache.Newer):
			return err, nil
		}
	}
	return nil, err
}

// codeFrom says where a code would come from: "" where it is not known whether a seed is stored, which
// the error tells.
func (d Deps) codeFrom(
	ctx context.Context,
	p credproc.Plan,
	store *cache.Store,
	serial string,
) (from string, err error) {
	if store == nil {
		return "", nil
	}
	switch _, err = store.Seed(ctx, serial); {
	case err == nil:
		return "the stored seed", nil
	case !errors.Is(err, cache.ErrNotFound):
		return "", err
	}
	if p.MFAProcess.Value != "" {
		return "mfa_process", nil
	}
	if named, _, _ := d.Settings.Get("prompt"); named == prompt.None {
		return "nobody (prompts are switched off)", nil
	}
	return "a prompt", nil
}
