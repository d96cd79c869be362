package keys

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// keyInfo is what keys list tells of a key.
type keyInfo struct {
	Profile     string    `json:"profile"`
	AccessKeyID string    `json:"access_key_id"`
	User        string    `json:"user,omitempty"`
	Added       time.Time `json:"added"`
	Backend     string    `json:"backend"`
	Sessions    int       `json:"sessions"` // those that have expired count until the next login
	AgeDays     int       `json:"age_days"` // since Created, else since Added
	Rotating    bool      `json:"rotation_unfinished,omitempty"`

	// What AWS says, with --check.
	Status   string     `json:"status,omitempty"`
	Created  *time.Time `json:"created,omitempty"`
	LastUsed *keyUse    `json:"last_used,omitempty"`
	Error    string     `json:"error,omitempty"`

	now   time.Time
	err   error
	asked bool // it was this profile that AWS was asked as
}

// keyUse is a key's last use; AWS knows of it some minutes or hours later.
type keyUse struct {
	At      time.Time `json:"at"`
	Service string    `json:"service"`
	Region  string    `json:"region"`
}

// What AWS can say of a key.
const (
	statusActive   = "Active"
	statusInactive = "Inactive"
	statusDeleted  = "Deleted"
)

func (i keyInfo) since() time.Time {
	if i.Created != nil {
		return *i.Created
	}
	return i.Added
}

func (i keyInfo) age() string {
	if i.since().IsZero() {
		return ""
	}
	return ui.Age(i.now.Sub(i.since()))
}

func (i keyInfo) old(limit time.Duration) bool { return i.now.Sub(i.since()) > limit }

func newList(d Deps) *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys in the keyring; never their secrets",
		Long: `Lists the keys in the keyring, how long they have been there, and how many sessions hang on each.

--check asks AWS for each key's status, true age and last use (iam:ListAccessKeys and
iam:GetAccessKeyLastUsed), with one token code at most for each MFA device.`,
		Example: `  hatstand keys list
  hatstand keys list --check`,
		Args: ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			infos, err := keyInfos(ctx, d)
			if err != nil {
				return err
			}
			if check {
				if _, err := checkKeys(ctx, d, infos, &provider.RoleFlags{}); err != nil {
					return err
				}
			}
			return printKeys(d, infos, check, asJSON)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "ask AWS for status, age and last use")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// keyInfos reads the keyring. What cannot be read of one key does not hide the others.
func keyInfos(ctx context.Context, d Deps) ([]keyInfo, error) {
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return nil, err
	}
	names, err := store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := store.CountSessions(ctx)
	if err != nil {
		return nil, err
	}
	rotating, err := store.ListRotations(ctx)
	if err != nil {
		return nil, err
	}
	unfinished := map[string]bool{}
	for _, n := range rotating {
		unfinished[n] = true
	}
	infos := []keyInfo{}
	for _, n := range names {
		k, err := store.Keys(ctx, n)
		if errors.Is(err, cache.ErrNotFound) {
			continue
		}
		if err != nil && !errors.Is(err, cache.Corrupt) {
			return nil, err
		}
		i := keyInfo{
			Profile: n, AccessKeyID: k.AccessKeyID, User: k.ARN, Added: k.Added, Backend: store.Backend(),
			Sessions: sessions[n], Rotating: unfinished[n], now: d.World.Now(),
		}
		i.failed(err)
		i.count()
		infos = append(infos, i)
	}
	return infos, nil
}

func (i *keyInfo) failed(err error) {
	if i.err = err; err != nil {
		i.Error = err.Error()
	}
}

func (i *keyInfo) count() {
	if at := i.since(); !at.IsZero() {
		i.AgeDays = max(0, int(i.now.Sub(at)/(24*time.Hour)))
	}
}

func printKeys(d Deps, infos []keyInfo, checked, asJSON bool) error {
	var errs ui.Errors
	for _, i := range infos {
		if i.err != nil {
			errs = append(errs, i.err)
		}
	}
	print := func() error {
		if asJSON {
			return d.World.Streams().PrintJSON(infos)
		}
		if len(infos) == 0 {
			return noKeys(d)
		}
		return d.World.Streams().Print(keyTable(infos, checked))
	}
	if err := print(); err != nil || len(errs) == 0 {
		return err
	}
	return errs
}

func keyTable(infos []keyInfo, checked bool) string {
	var b strings.Builder
	t := ui.Columns(&b)
	head := []string{"PROFILE", "KEY", "AGE", "SESSIONS", "BACKEND"}
	if checked {
		head = append(head, "STATUS", "LAST USED")
	}
	ui.Row(t, append(head, "USER")...)
	var unfinished []string
	for _, i := range infos {
		cells := []string{i.Profile, i.AccessKeyID, i.age(), fmt.Sprint(i.Sessions), i.Backend}
		if checked {
			cells = append(cells, i.statusWords(), i.useWords())
		}
		ui.Row(t, append(cells, i.User)...)
		if i.Rotating {
			unfinished = append(unfinished, i.Profile)
		}
	}
	t.Flush()
	for _, p := range unfinished {
		fmt.Fprintf(&b, "A rotation was not finished; to go on with it: hatstand keys rotate %s\n", p)
	}
	return b.String()
}

func (i keyInfo) statusWords() string {
	if i.Status == "" {
		return "unknown"
	}
	return i.Status
}

func (i keyInfo) useWords() string {
	switch {
	case i.LastUsed != nil:
		return fmt.Sprintf("%s ago, %s in %s", ui.Age(i.now.Sub(i.LastUsed.At)), i.LastUsed.Service, i.LastUsed.Region)
	case i.err == nil && (i.Status == statusActive || i.Status == statusInactive):
		return "never"
	}
	return "unknown"
}

func noKeys(d Deps) error {
	return d.World.Streams().Print("No keys in the " + d.Keyring.Opened().Backend() + " keyring. Add one: hatstand keys add PROFILE\n")
}
