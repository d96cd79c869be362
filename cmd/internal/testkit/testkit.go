// Package testkit is what the tests of cmd's packages share. No program links it.
package testkit

import (
	"os"
	"testing"
)

// MissingPart skips a test whose real part is not installed, or fails it where CI has them all.
func MissingPart(t testing.TB, debianPackage string) {
	t.Helper()
	Missing(t, "not installed: apt-get install "+debianPackage)
}

// Missing skips a test because something is missing; under HATSTAND_TEST_REQUIRE_ALL it fails the test.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s, and HATSTAND_TEST_REQUIRE_ALL=1", why)
	}
	t.Skip(why)
}
