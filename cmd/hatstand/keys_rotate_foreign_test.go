//go:build linux

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// TestAnotherUsersNewKeyIsNotStored has an endpoint that answers CreateAccessKey with a key of an attacker's user: it is
// not stored, and the key in use stays as it is.
func TestAnotherUsersNewKeyIsNotStored(t *testing.T) {
	t.Parallel()
	h := emptyHerd(t, herdBin(t))
	attackers := h.aws.AddUser("999999999999", "mallory").AddKey()
	dave := h.aws.AddUser(home, "dave")
	h.write(".aws/config", "[profile me]\n")
	h.addKeys("me", dave)
	before := h.do("", h.bin, "keys", "list")

	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if bytes.Contains(body, []byte("Action=CreateAccessKey")) {
			w.Header().Set("Content-Type", "text/xml")
			io.WriteString(w, `<CreateAccessKeyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateAccessKeyResult><AccessKey><UserName>dave</UserName><AccessKeyId>`+
				attackers.ID+`</AccessKeyId><Status>Active</Status><SecretAccessKey>`+attackers.Secret+`</SecretAccessKey></AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.aws.ServeHTTP(w, r)
	}))
	defer evil.Close()
	cmd := exec.Command(h.bin, "keys", "rotate", "me")
	cmd.Env = append(append([]string{}, h.env...), "AWS_ENDPOINT_URL_IAM="+evil.URL)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "mallory") || !strings.Contains(string(out), "not stored") {
		t.Errorf("%v: %s", err, out)
	}
	if after := h.do("", h.bin, "keys", "list"); !strings.HasPrefix(after, before) || strings.Contains(after, attackers.ID) {
		t.Errorf("the keyring had\n%sand has\n%s", before, after)
	}
	for _, c := range h.aws.Calls() {
		if c.Action == "DeleteAccessKey" || c.Action == "UpdateAccessKey" {
			t.Errorf("%s was called", c.Action)
		}
	}
}
