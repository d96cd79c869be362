package endpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// A refusal is an answer without credentials. SDKs show its code and message to their user.
type refusal struct {
	status  int
	code    string
	message string
	allow   string // the methods that there are, where that was what was wrong
}

// The Go SDK takes a body for JSON only where the type is this, to the letter.
const jsonType = "application/json"

func (e *refusal) write(w http.ResponseWriter) {
	if e.allow != "" {
		w.Header().Set("Allow", e.allow)
	}
	if e.status == http.StatusUnauthorized || e.status == http.StatusForbidden ||
		e.status == http.StatusRequestEntityTooLarge {
		w.Header().Set("Connection", "close")
	}
	writeJSON(w, e.status, struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{e.code, e.message})
}

func wrongMethod(allow string) *refusal {
	return &refusal{status: http.StatusMethodNotAllowed, code: "MethodNotAllowed", message: "this takes " + allow,
		allow: allow}
}

func notFound() *refusal {
	return &refusal{status: http.StatusNotFound, code: "NotFound", message: "there is nothing at that path"}
}

// unavailable is the answer where there are no credentials to give. All SDKs that try again do so for every
// status from 500 on: botocore and JavaScript three times a second apart, Go three times, Java five.
func unavailable(profile string, err error) *refusal {
	e := &refusal{status: http.StatusInternalServerError, code: "CredentialsUnavailable", message: err.Error()}
	if errors.Is(err, ErrFetching) {
		e.status, e.code = http.StatusServiceUnavailable, "CredentialsPending"
		e.message = fmt.Sprintf("profile %q: %v", profile, err)
	}
	return e
}

// writeJSON answers with a whole document of known length.
func writeJSON(w http.ResponseWriter, status int, document any) {
	b, err := json.Marshal(document)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"code":"InternalServerError","message":"no document"}`)
	}
	write(w, status, jsonType, b)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away needs no answer
}
