package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/iam"
	"hatstand/mfa"
	"hatstand/profiles"
)

// deviceInfo is what mfa list tells of a device.
type deviceInfo struct {
	Serial   string    `json:"serial"`
	Profiles []string  `json:"profiles"` // whose mfa_serial it is
	Seed     bool      `json:"seed"`     // it is stored
	AWS      *awsState `json:"aws,omitempty"`
}

// awsState is what AWS has, as far as could be learnt.
type awsState struct {
	Status string     `json:"status"` // enabled, missing or unknown
	User   string     `json:"user,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	Why    string     `json:"why,omitempty"` // it is unknown
}

// atOnce is how many users are asked about at the same time.
const atOnce = 16

const (
	stateEnabled = "enabled"
	stateMissing = "missing"
	stateUnknown = "unknown"
)

func (a *parts) mfaListCommand() *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the MFA devices that profiles name or whose seeds are stored",
		Long: `Lists the MFA devices that profiles name (mfa_serial) and those whose seeds are stored in the keyring.

--check asks AWS (iam:ListMFADevices) as each user whose keys are here which devices are enabled, and
lists those too that nothing here names. It needs no code unless the account wants one.`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := a.keyring.Open(cmd.Context())
			if err != nil {
				return err
			}
			seeds, err := store.ListSeeds(cmd.Context())
			if err != nil {
				return err
			}
			set, err := a.settings.Profiles()
			if err != nil {
				return err
			}
			infos := knownDevices(set, seeds)
			if check {
				answers, err := a.askForDevices(cmd.Context(), set, store)
				if err != nil {
					return err
				}
				infos = judge(infos, answers, a.startsFrom(set))
			}
			if asJSON {
				return a.ui().PrintJSON(infos)
			}
			return a.ui().Print(deviceTable(infos, check))
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "ask AWS which devices are enabled")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func deviceTable(infos []deviceInfo, checked bool) string {
	if len(infos) == 0 {
		return "No MFA devices: no profile names one (mfa_serial), and no seed is stored. Make one: hatstand mfa enroll PROFILE\n"
	}
	var b strings.Builder
	t := ui.Columns(&b)
	head := []string{"DEVICE", "PROFILES", "SEED"}
	if checked {
		head = append(head, "AT AWS")
	}
	ui.Row(t, head...)
	for _, i := range infos {
		seed := "-"
		switch {
		case mfa.CheckDevice(i.Serial) != nil:
			seed = "none: STS takes no security keys"
		case i.Seed:
			seed = "stored"
		}
		cells := []string{i.Serial, cmp.Or(strings.Join(i.Profiles, ", "), "-"), seed}
		if checked {
			cells = append(cells, i.AWS.words())
		}
		ui.Row(t, cells...)
	}
	t.Flush()
	return b.String()
}

func (s *awsState) words() string {
	switch s.Status {
	case stateEnabled:
		return fmt.Sprintf("enabled for %s on %s", s.User, s.Since.Format(time.DateOnly))
	case stateMissing:
		return "not at AWS"
	}
	return s.Why
}

// knownDevices are those that profiles name and those with a stored seed, sorted by serial.
func knownDevices(set *profiles.Set, seeds []string) []deviceInfo {
	bySerial := map[string]*deviceInfo{}
	of := func(serial string) *deviceInfo {
		if bySerial[serial] == nil {
			bySerial[serial] = &deviceInfo{Serial: serial, Profiles: []string{}}
		}
		return bySerial[serial]
	}
	for _, s := range seeds {
		of(s).Seed = true
	}
	for _, p := range set.Profiles() {
		if s := p.Get("mfa_serial").Value; s != "" {
			of(s).Profiles = append(of(s).Profiles, p.Name)
		}
	}
	infos := make([]deviceInfo, 0, len(bySerial))
	for _, i := range bySerial {
		infos = append(infos, *i)
	}
	slices.SortFunc(infos, func(a, b deviceInfo) int { return strings.Compare(a.Serial, b.Serial) })
	return infos
}

// An answer is what AWS said to one user about the user's devices.
type answer struct {
	base    string // the profile with the keys
	user    iamuser.Identity
	devices []iam.Device
	err     error
}

// judge adds what AWS said. base gives the profile that another one starts from.
func judge(infos []deviceInfo, answers []answer, base func(profile string) string) []deviceInfo {
	known := map[string]bool{}
	for i := range infos {
		known[infos[i].Serial] = true
		infos[i].AWS = stateOf(infos[i], answers, base)
	}
	for _, a := range answers {
		for _, d := range a.devices {
			if !known[d.Serial] {
				known[d.Serial] = true
				i := deviceInfo{Serial: d.Serial, Profiles: []string{}}
				i.AWS = stateOf(i, answers, base)
				infos = append(infos, i)
			}
		}
	}
	return infos
}

// stateOf is about one device: whoever has it says so; else those count whose profiles name it, or, where
// none does, the users of its account.
func stateOf(i deviceInfo, answers []answer, base func(profile string) string) *awsState {
	var asked, silent bool
	why := "nobody to ask: no keys of its user are here"
	for _, a := range answers {
		for _, d := range a.devices {
			if d.Serial == i.Serial {
				since := d.Enabled.UTC()
				return &awsState{Status: stateEnabled, User: a.user.Name, Since: &since}
			}
		}
		about := slices.ContainsFunc(i.Profiles, func(p string) bool { return base(p) == a.base })
		if len(i.Profiles) == 0 {
			about = a.user.Account != "" && strings.Contains(i.Serial, "::"+a.user.Account+":")
		}
		switch {
		case !about:
		case a.err == nil:
			asked = true
		case iam.Is(a.err, iam.AccessDenied):
			silent, why = true, "not allowed to ask (iam:ListMFADevices)"
		default:
			silent, why = true, "not known: "+a.err.Error()
		}
	}
	if asked && !silent {
		return &awsState{Status: stateMissing}
	}
	return &awsState{Status: stateUnknown, Why: why}
}

// startsFrom tells which profile holds the keys that another one starts from; "" if none does.
func (a *parts) startsFrom(set *profiles.Set) func(string) string {
	return func(profile string) string {
		chain, err := set.Chain(profiles.Request{Target: profile, Getenv: a.Getenv, Self: a.Self(), HasKeys: a.keyring.HasKeys(context.Background())})
		if err != nil {
			return ""
		}
		return chain.Base.Profile
	}
}

// askForDevices asks AWS as each user whose keys are here: first with the keys as they are, all at the same
// time; then, one after the other, with MFA where that was denied.
func (a *parts) askForDevices(ctx context.Context, set *profiles.Set, store *cache.Store) ([]answer, error) {
	limit, err := a.settings.Patience()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	bases, err := store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range set.Profiles() {
		if p.Get("aws_access_key_id").IsSet() && !slices.Contains(bases, p.Name) {
			bases = append(bases, p.Name)
		}
	}
	slices.Sort(bases)
	answers := make([]answer, len(bases))
	owners := make([]*iamuser.User, len(bases))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, base := range bases {
		answers[i].base = base
		if owners[i], answers[i].err = a.users.Find(ctx, base); answers[i].err != nil {
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			answers[i].user, answers[i].devices, answers[i].err = devicesOf(ctx, owners[i])
		})
	}
	running.Wait()
	for i := range answers {
		if !iam.Is(answers[i].err, iam.AccessDenied) {
			continue
		}
		client, err := owners[i].IAM(ctx, &provider.RoleFlags{})
		if errors.Is(err, mfa.ErrCancelled) {
			return nil, err
		}
		if err == nil && client.MFA() { // without, the answer is known
			answers[i].devices, answers[i].err = client.ListMFADevices(ctx)
		}
	}
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return nil, mfa.ErrCancelled
	}
	return answers, nil
}

// devicesOf asks with the keys as they are.
func devicesOf(ctx context.Context, o *iamuser.User) (iamuser.Identity, []iam.Device, error) {
	user, err := o.Identity(ctx)
	if err != nil {
		return user, nil, err
	}
	client, err := o.IAMWithKeys()
	if err != nil {
		return user, nil, err
	}
	devices, err := client.ListMFADevices(ctx)
	return user, devices, err
}
