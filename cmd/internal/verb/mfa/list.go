package mfa

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/profiles"
)

// deviceInfo is what mfa list tells of a device.
type deviceInfo struct {
	Serial   string   `json:"serial"`
	Profiles []string `json:"profiles"` // whose mfa_serial it is
	Seed     bool     `json:"seed"`     // it is stored
	AWS      *state   `json:"aws,omitempty"`
}

// state is what AWS tells of a device, as far as it could be asked.
type state struct {
	Status string     `json:"status"` // enabled, missing or unknown
	User   string     `json:"user,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	Why    string     `json:"why,omitempty"` // it is unknown
}

const (
	stateEnabled = "enabled"
	stateMissing = "missing"
	stateUnknown = "unknown"
)

func newList(d Deps) *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the MFA devices that profiles name or whose seeds are stored",
		Long: `Lists the MFA devices that profiles name (mfa_serial) and those whose seeds are
stored in the keyring.

--check asks AWS which devices are enabled (iam:ListMFADevices), for each user
whose keys are stored here. It also lists devices that no profile names. It
needs no token code unless the account requires one.`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := d.Keyring.Open(cmd.Context())
			if err != nil {
				return err
			}
			seeds, err := store.ListSeeds(cmd.Context())
			if err != nil {
				return err
			}
			set, err := d.Settings.Profiles()
			if err != nil {
				return err
			}
			infos := knownDevices(set, seeds)
			if check {
				answers, err := askUsers(cmd.Context(), d, set, store)
				if err != nil {
					return err
				}
				infos = addStates(infos, answers, baseFinder(d, set))
			}
			if asJSON {
				return d.World.Streams().PrintJSON(infos)
			}
			if len(infos) == 0 {
				return d.World.Streams().Print(noDevices(len(d.Targets.SignIns()) > 0))
			}
			return d.World.Streams().PrintTable(deviceTable(infos, check))
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "ask AWS which devices are enabled")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: []deviceInfo{}})
	return cmd
}

// knownDevices are the devices that profiles name and those with a stored seed, sorted by serial.
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

// noDevices says that there are none. signsIn: some profiles sign in by IAM Identity Center.
func noDevices(signsIn bool) string {
	const none = "No MFA devices: no profile names one (mfa_serial), and no seed is stored."
	if signsIn {
		return none + "\nIAM Identity Center asks for the second factor itself, in the browser. " +
			"For an IAM user: hatstand mfa enroll PROFILE\n"
	}
	return none + " Make one: hatstand mfa enroll PROFILE\n"
}

// deviceTable has a row for each device.
func deviceTable(infos []deviceInfo, checked bool) *ui.Table {
	columns := []ui.Column{{Head: "DEVICE"}, {Head: "PROFILES", Leave: 1}, {Head: "SEED", State: true}}
	if checked {
		columns = append(columns, ui.Column{Head: "AT AWS", State: true})
	}
	t := ui.NewTable(columns...)
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
		t.Row(cells...)
	}
	return t
}

func (s *state) words() string {
	switch s.Status {
	case stateEnabled:
		return fmt.Sprintf("enabled for %s on %s", s.User, s.Since.Format(time.DateOnly))
	case stateMissing:
		return "not at AWS"
	}
	return s.Why
}
