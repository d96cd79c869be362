package advice_test

import (
	"errors"
	"slices"
	"testing"

	"hatstand/cache"
	"hatstand/cache/backend"
	"hatstand/cmd/internal/advice"
)

func TestHintsOnWhatAKeyringNeeds(t *testing.T) {
	for _, row := range []struct {
		err  *cache.Error
		want []string
	}{
		{
			&cache.Error{Kind: cache.Locked, Backend: "secret-service", Need: backend.NeedConfirmation},
			[]string{`allow it in the keyring's window; KeePassXC asks for each process anew unless "Confirm when passwords are retrieved by clients" is unchecked in its settings`, advice.AnotherKeyring},
		},
		{
			&cache.Error{Kind: cache.Locked, Backend: "secret-service"},
			[]string{"unlock the keyring: log in on the desktop, or run gnome-keyring-daemon --unlock --components=secrets", advice.AnotherKeyring},
		},
		{
			&cache.Error{Kind: cache.Absent, Backend: "secret-service", Need: backend.NeedCollection, Subject: "Passwords\nWork"},
			[]string{"[hatstand] secret_service_collection = NAME names one that is there: Passwords, Work", advice.AnotherKeyring},
		},
		{
			&cache.Error{Kind: cache.Absent, Backend: "kwallet"},
			[]string{"run it inside a KDE session", advice.AnotherKeyring},
		},
		{
			&cache.Error{Kind: cache.Absent, Backend: "kwallet", Need: backend.NeedSwitchOn},
			[]string{"switch the wallet on: KDE's System Settings, KDE Wallet", advice.AnotherKeyring},
		},
		{ // Plasma 5 and 6 have different programs of that name
			&cache.Error{Kind: cache.Locked, Backend: "kwallet"},
			[]string{"open the wallet in KWalletManager, then run this again", advice.AnotherKeyring},
		},
	} {
		row.err.Err = errors.New("no")
		if exit, hints := advice.For(row.err); exit != advice.Keyring || !slices.Equal(hints, row.want) {
			t.Errorf("%v: exit code %d, %q", row.err, exit, hints)
		}
	}
}
