package keys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/rotate"
	"hatstand/cmd/internal/ui"
)

func newRemove(d Deps) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a key from the keyring, with its sessions",
		Long: `Removes a key from the keyring, with the sessions that it got. At AWS the key
stays as it is.`,
		Args:              ui.Exactly(1),
		ValidArgsFunction: d.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := d.Keyring.Open(cmd.Context())
			if err != nil {
				return err
			}
			k, err := store.Keys(cmd.Context(), args[0])
			if errors.Is(err, cache.ErrNotFound) {
				// A removal that was killed may have left the note on a rotation, which has secrets too.
				_, err = store.Rotation(cmd.Context(), args[0])
			}
			if errors.Is(err, cache.ErrNotFound) {
				return notStored(store, args[0])
			}
			// What cannot be read can still be removed.
			if err != nil && !errors.Is(err, cache.Corrupt) {
				return err
			}
			what := cmp.Or(k.AccessKeyID, "the remaining key data")
			question := fmt.Sprintf("Remove %s of profile %s? AWS never shows its secret again.", what, args[0])
			if err := d.World.Streams().SureToRemove(yes, question); err != nil {
				return err
			}
			left, err := removeKey(cmd.Context(), d, args[0], k.AccessKeyID)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("Removed %s of profile %s, and the sessions it made.\n", what, args[0])
			return d.World.Streams().Print(text + left + d.Keyring.CopyLeft("keys remove "+args[0]))
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	return cmd
}

// removeKey removes the key that was asked about, and no other one that has come into its place. left
// is a line about another key of the user's, which nothing will know of any more.
func removeKey(ctx context.Context, d Deps, name, id string) (left string, err error) {
	unlock, err := d.Keyring.LockChanges(ctx, name, "keys remove "+name)
	if err != nil {
		return "", err
	}
	defer unlock()
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return "", err
	}
	if k, err := store.Keys(ctx, name); err == nil && k.AccessKeyID != id {
		return "", &rotate.KeyError{
			Profile: name, ID: id, Reason: "was replaced meanwhile by " + k.AccessKeyID + ", which stays",
			Next: []string{"see what there is: hatstand keys list"},
		}
	}
	// A note that cannot be read tells nothing.
	if n, err := store.Rotation(ctx, name); err == nil {
		left = unfinished(n, id)
	}
	return left, store.RemoveKeys(ctx, name)
}

// unfinished names the other keys of a rotation whose note is removed.
func unfinished(n cache.Rotation, id string) string {
	others := []string{n.Old.AccessKeyID, cmp.Or(n.Next.AccessKeyID, n.Doomed)}
	others = slices.DeleteFunc(others, func(other string) bool { return other == "" || other == id })
	if len(others) == 0 {
		return ""
	}
	return "Its rotation was not finished: " + strings.Join(others, " and ") + " may be at AWS still; to see: " +
		"aws iam list-access-keys --user-name " + iamuser.NameIn(n.Old.ARN) + "\n"
}
