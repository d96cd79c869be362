package credentials

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	v := Value{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", &v)
		fmt.Fprintf(&out, verb+"\n", []Value{v})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("test", "credentials", v)
	if err := json.NewEncoder(&out).Encode(struct{ V Value }{v}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "the-secret") || strings.Contains(text, "the-token") || !strings.Contains(text, "ASIAEXAMPLE") {
		t.Errorf("printed:\n%s", text)
	}
}
