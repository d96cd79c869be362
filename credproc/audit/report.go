// Package audit reads what IAM reports of an account's users and of a role, and says what is wrong with it. It is pure:
// no network, no clock, no file. Columns of a report are found by their names, so that new ones do no harm; a report
// that is cut, or has no row for somebody's credentials to be judged by, is an error and never "nothing found".
package audit

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Root is the name that a report has for the account's root user.
const Root = "<root_account>"

// A Key is one of the two access keys that a user may have. The report does not tell its ID.
type Key struct {
	Active  bool
	Rotated time.Time // when it was made, or last made active; zero: not known
	Used    time.Time // zero: never, as far as AWS knows
}

// A User is a row of a credential report.
type User struct {
	Name     string // Root for the root user
	ARN      string
	Created  time.Time
	Password bool      // may sign in to the console with a password
	None     bool      // may not; of root the report says neither, unless its credentials were removed
	SignedIn time.Time // with the password; zero: never, as far as AWS knows
	Changed  time.Time // the password; zero: not known
	MFA      bool
	Keys     [2]Key
}

// ErrReport is wrapped by the error of a report that cannot be read.
var ErrReport = errors.New("the credential report cannot be read")

// columns that a report must have; the user guide's "Report format" has them.
func columns() []string {
	return []string{"user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
		"mfa_active", "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
		"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"}
}

// Parse reads a credential report. Its error wraps ErrReport.
func Parse(report []byte) ([]User, error) {
	r := csv.NewReader(bytes.NewReader(report))
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it is empty", ErrReport)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrReport, err)
	}
	at := map[string]int{}
	for i, name := range head {
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("%w: it has the column %q twice", ErrReport, name)
		}
		at[name] = i
	}
	for _, name := range columns() {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%w: it has no column %s", ErrReport, name)
		}
	}
	var users []User
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // a row that is cut has fewer fields
			return nil, fmt.Errorf("%w: %v", ErrReport, err)
		}
		line, _ := r.FieldPos(0)
		u, err := user(func(name string) string { return record[at[name]] })
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %v", ErrReport, line, err)
		}
		users = append(users, u)
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("%w: it has no user, not even root", ErrReport)
	}
	return users, nil
}

func user(value func(string) string) (u User, err error) {
	yes := func(name string) bool {
		switch text := value(name); {
		case strings.EqualFold(text, "true"):
			return true
		case slices.Contains([]string{"false", "n/a", "not_supported", ""}, strings.ToLower(text)):
		case err == nil:
			err = fmt.Errorf("%s is %q, neither true nor false", name, text)
		}
		return false
	}
	at := func(name string) time.Time {
		text := value(name)
		if slices.Contains([]string{"n/a", "no_information", "not_supported", ""}, strings.ToLower(text)) {
			return time.Time{}
		}
		t, wrong := time.Parse(time.RFC3339, text)
		if wrong != nil && err == nil {
			err = fmt.Errorf("%s is %q, which is not a time", name, text)
		}
		return t.UTC()
	}
	u = User{
		Name: value("user"), ARN: value("arn"), Created: at("user_creation_time"), Password: yes("password_enabled"),
		SignedIn: at("password_last_used"), Changed: at("password_last_changed"), MFA: yes("mfa_active"),
	}
	u.None = strings.EqualFold(value("password_enabled"), "false")
	for i := range u.Keys {
		column := fmt.Sprintf("access_key_%d_", i+1)
		u.Keys[i] = Key{yes(column + "active"), at(column + "last_rotated"), at(column + "last_used_date")}
	}
	if u.Name == "" {
		return u, errors.New("a row without a user")
	}
	return u, err
}
