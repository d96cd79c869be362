package ui

import (
	"errors"
	"fmt"

	"hatstand/mfa"
)

// Sure asks before something is lost. If nobody can be asked, the flag yes has to be set. A no is an error, so that a
// script does not go on.
func (s Streams) Sure(yes bool, question string) error {
	if yes {
		return nil
	}
	if !s.Interactive() {
		return &UsageError{
			Reason: "this cannot be undone, and there is no terminal to ask on",
			Next:   "to go ahead without being asked: --yes",
		}
	}
	ok, err := s.Confirm(question, false)
	if err == nil && !ok {
		err = mfa.ErrCancelled
	}
	return err
}

// SureToRemove is Sure about removing something: the error of a no says that nothing was removed.
func (s Streams) SureToRemove(yes bool, question string) error {
	err := s.Sure(yes, question)
	if errors.Is(err, mfa.ErrCancelled) {
		return fmt.Errorf("%w: nothing was removed", err)
	}
	return err
}
