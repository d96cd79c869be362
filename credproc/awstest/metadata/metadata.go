// Package metadata is awstest's metadata services: that of an EC2 instance, and those of containers. They answer as AWS
// documents it and are strict: no token, no credentials.
package metadata

import (
	"crypto/rand"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Fault is what a service does wrong.
type Fault string

const (
	None       Fault = ""
	Silent     Fault = "silent"      // it never answers, as where the hop limit keeps the answer from arriving
	VersionOne Fault = "version-one" // it has no tokens, and gives credentials without
	Off        Fault = "off"         // the instance's metadata service is switched off
	NoRole     Fault = "no-role"
	Failed     Fault = "failed" // the document says that there are no credentials
	Busy       Fault = "busy"   // each request is refused the first time
	Down       Fault = "down"   // each request is refused
	Expired    Fault = "expired"
	Redirect   Fault = "redirect"
	Endless    Fault = "endless" // the document has no end
	Garbage    Fault = "garbage"
)

// Credentials are those that a service gives.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken, AccountID string
	Expires                                               time.Time
}

// A Service is both services on one address; Role is the instance's. It may be used by several goroutines.
type Service struct {
	// Issue makes the credentials.
	Issue func() (Credentials, error)
	Now   func() time.Time
	Role  string
	// Authorization is what a request for a container's credentials must carry; "": nothing.
	Authorization string

	mu     sync.Mutex
	fault  Fault
	tokens map[string]time.Time // until when they are good
	calls  []string
}

// ContainerPath is where the container's credentials are.
const ContainerPath = "/v2/credentials/52b19262-e7aa-4f56-a1cd-b958dcde8f3b"

const (
	tokenPath = "/latest/api/token"
	rolesPath = "/latest/meta-data/iam/security-credentials/"
	most      = 6 * time.Hour
)

// SetFault has the service do something wrong from now on.
func (s *Service) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.calls = f, nil
}

// Calls are the requests since the last time, each as "METHOD PATH".
func (s *Service) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	call := r.Method + " " + r.URL.Path
	again := slices.Contains(s.calls, call)
	s.calls = append(s.calls, call)
	fault := s.fault
	s.mu.Unlock()
	switch {
	case fault == Silent:
		<-r.Context().Done()
	case fault == Down, fault == Busy && !again:
		http.Error(w, "busy", http.StatusServiceUnavailable)
	case fault == Redirect:
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
	case r.URL.Path == ContainerPath:
		s.container(w, r, fault)
	case r.URL.Path == tokenPath:
		s.token(w, r, fault)
	case strings.HasPrefix(r.URL.Path, rolesPath):
		s.instance(w, r, fault)
	default:
		http.NotFound(w, r)
	}
}

// token is PUT /latest/api/token.
func (s *Service) token(w http.ResponseWriter, r *http.Request, fault Fault) {
	life, err := strconv.Atoi(r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
	switch {
	case fault == VersionOne:
		http.NotFound(w, r)
	case fault == Off || r.Header.Get("X-Forwarded-For") != "":
		http.Error(w, "forbidden", http.StatusForbidden)
	case r.Method != http.MethodPut:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case err != nil || life < 1 || time.Duration(life)*time.Second > most:
		http.Error(w, "bad request", http.StatusBadRequest)
	default:
		token := rand.Text() + "=="
		s.mu.Lock()
		if s.tokens == nil {
			s.tokens = map[string]time.Time{}
		}
		s.tokens[token] = s.Now().Add(time.Duration(life) * time.Second)
		s.mu.Unlock()
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", strconv.Itoa(life))
		_, _ = w.Write([]byte(token))
	}
}

// instance lists the roles, and gives the credentials of one.
func (s *Service) instance(w http.ResponseWriter, r *http.Request, fault Fault) {
	s.mu.Lock()
	until, known := s.tokens[r.Header.Get("X-Aws-Ec2-Metadata-Token")]
	s.mu.Unlock()
	switch name := strings.TrimPrefix(r.URL.Path, rolesPath); {
	case r.Method != http.MethodGet:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case fault != VersionOne && (!known || !s.Now().Before(until)):
		http.Error(w, "unauthorized", http.StatusUnauthorized)
	case fault == NoRole, name != "" && name != s.Role:
		http.NotFound(w, r)
	case name == "":
		_, _ = w.Write([]byte(s.Role))
	default:
		s.document(w, fault, map[string]string{"Code": "Success", "Type": "AWS-HMAC"})
	}
}

func (s *Service) container(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch {
	case r.Method != http.MethodGet:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case s.Authorization != "" && r.Header.Get("Authorization") != s.Authorization:
		writeJSON(w, http.StatusUnauthorized, map[string]string{"code": "AccessDenied", "message": "wrong token"})
	default:
		s.document(w, fault, map[string]string{"RoleArn": "arn:aws:iam::222222222222:role/" + s.Role})
	}
}

func (s *Service) document(w http.ResponseWriter, fault Fault, d map[string]string) {
	c, err := s.Issue()
	switch {
	case fault == Failed || err != nil:
		d = map[string]string{"Code": "AssumeRoleUnauthorizedAccess",
			"Message": "EC2 cannot assume the role " + s.Role + "."}
	case fault == Garbage:
		_, _ = w.Write([]byte("<html>"))
		return
	case fault == Endless:
		for range 2 << 10 {
			_, _ = w.Write([]byte(strings.Repeat(" ", 1<<10)))
		}
		return
	case fault == Expired:
		c.Expires = s.Now().Add(-time.Minute)
		fallthrough
	default:
		d["AccessKeyId"], d["SecretAccessKey"], d["Token"] = c.AccessKeyID, c.SecretAccessKey, c.SessionToken
		d["Expiration"], d["AccountId"] = c.Expires.UTC().Format(time.RFC3339), c.AccountID
	}
	writeJSON(w, http.StatusOK, d)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Listen has the service answer on a free port of this machine, until close is called.
func (s *Service) Listen() (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = server.Close() }, nil
}
