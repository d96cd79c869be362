//go:build unix

package dialog

import (
	"fmt"
	"testing"

	"hatstand/mfa/internal/ttytest"
)

// The tests of a pinentry on a terminal run this program again, on a terminal of its own.
func TestMain(m *testing.M) {
	ttytest.Main(m, func(mode string) {
		dialogChild(mode, func(answer string, err error) { fmt.Printf("%q %T %v\n", answer, err, err) })
	})
}
