package grant

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

func (t Token) String() string             { return "token of a sign-in, not shown" }
func (t Token) GoString() string           { return t.String() }
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }
func (t Token) LogValue() slog.Value       { return slog.StringValue(t.String()) }

// MarshalJSON keeps a token that is part of something else out of it. What is stored has a form of its own.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

func (c Console) String() string             { return "the console's session, not shown" }
func (c Console) GoString() string           { return c.String() }
func (c Console) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }
func (c Console) LogValue() slog.Value       { return slog.StringValue(c.String()) }

// MarshalJSON keeps the secrets out of whatever this is part of. What is stored has a form of its own.
func (c Console) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

func (r Registration) String() string             { return "registration " + r.ClientID + ", secret not shown" }
func (r Registration) GoString() string           { return r.String() }
func (r Registration) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }
func (r Registration) LogValue() slog.Value       { return slog.StringValue(r.String()) }

func (a Authorization) String() string {
	return "device authorization " + a.UserCode + ", secret not shown"
}
func (a Authorization) GoString() string           { return a.String() }
func (a Authorization) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }
func (a Authorization) LogValue() slog.Value       { return slog.StringValue(a.String()) }

// MarshalJSON keeps a device code that is part of something else out of it. What is stored has a form of its own.
func (a Authorization) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }
