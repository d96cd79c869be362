package sts_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// What AWS cannot send in XML a go-between can send in a code, or an escape in a message.
func TestControlCharactersDoNotGetThrough(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		fmt.Fprint(w, "<ErrorResponse><Error><Code>Access&#x9B;Denied</Code><Message>a&#x9B;2Jb&#x7F;c&#xA;d</Message></Error></ErrorResponse>")
	})
	err := whoseAt(t, h)
	var refused *sts.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("want a RefusedError, got %v", err)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
		t.Errorf("%q", err)
	}
}

func whoseAt(t *testing.T, h http.Handler) error {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	c := credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "FwoGZXIvYXdz"}
	_, err := sts.Whose(t.Context(), sts.Connect(awsclient.Config{HTTP: s.Client(), Now: time.Now}, "us-east-1", profiles.Endpoint{URL: s.URL}, c), "me", "us-east-1")
	if err == nil {
		t.Fatal("no error")
	}
	return err
}
