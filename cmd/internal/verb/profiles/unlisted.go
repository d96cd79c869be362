package profiles

import (
	"errors"
	"fmt"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant"
)

// An unlistedError says that AWS lists an account, but not which permission sets the person has there.
type unlistedError struct {
	session string
	account string // with its name
	more    int    // accounts of which the same is true
	cause   error
}

func (e *unlistedError) Error() string {
	if e.more > 0 {
		return fmt.Sprintf("%s: the same is true of %d more accounts", ui.Plain(e.session), e.more)
	}
	code := ""
	if refused, ok := errors.AsType[*grant.Error](e.cause); ok {
		code = " (" + refused.Code + ")"
	}
	return fmt.Sprintf("%s: AWS lists account %s, but not your permission sets there%s",
		ui.Plain(e.session), ui.Plain(e.account), ui.Plain(code))
}

func (e *unlistedError) Unwrap() error { return e.cause }

func (*unlistedError) ExitCode() int { return advice.Refused }

func (*unlistedError) Hints() []string {
	return []string{"all other accounts are listed; try again, and if it stays so, ask who runs your Identity Center"}
}

// unlistedErrors are the errors of the accounts that are not in a list, the first ones by name; nil if there are none.
func (a assignments) unlistedErrors(session string) error {
	var errs ui.Errors
	for i, r := range a.refused {
		if i == mostNamed {
			return append(errs, &unlistedError{session: session, more: len(a.refused) - i, cause: r.Err})
		}
		errs = append(errs, &unlistedError{session: session, account: r.Account.Name + " (" + r.Account.ID + ")",
			cause: r.Err})
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}
