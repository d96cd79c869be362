package awstest

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"hatstand/credproc/awstest/policy"
)

// Key is a long-lived access key.
type Key struct{ ID, Secret string }

// accessKey is what IAM knows of a long-lived key.
type accessKey struct {
	Key
	user     *User
	active   bool
	created  time.Time
	usableAt time.Time // eventual consistency: not known before
	lastUsed time.Time // zero: never
	lastOf   string    // the service it was last used for
	lastIn   string    // and the region
}

func (k *accessKey) status() string {
	if k.active {
		return "Active"
	}
	return "Inactive"
}

// User is an IAM user, or an account's root.
type User struct {
	ARN     string
	Name    string // "" for root
	Account string

	s       *Server
	root    bool
	path    string
	id      string
	created time.Time
	keys    []*accessKey
	perms   policy.Permissions
}

// AddUser makes an IAM user, allowed everything. name may have a path, as in
// "team/alice"; an account is twelve digits.
func (s *Server) AddUser(account, name string) *User {
	path := "/"
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		path, name = "/"+strings.Trim(name[:i], "/")+"/", name[i+1:]
	}
	return s.addUser(&User{
		ARN:  "arn:" + s.opts.Partition + ":iam::" + account + ":user" + path + name,
		Name: name, Account: account, path: path, id: "AIDA" + random(idAlphabet, 17),
	})
}

// AddRoot makes the root user of an account, whose sessions last an hour at most
// and who may not assume roles.
func (s *Server) AddRoot(account string) *User {
	return s.addUser(&User{
		ARN:     "arn:" + s.opts.Partition + ":iam::" + account + ":root",
		Account: account, root: true, path: "/", id: account,
	})
}

func (s *Server) addUser(u *User) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.s, u.created = s, s.now()
	s.users[u.ARN] = u
	return u
}

// AddKey makes an active access key, usable at once. It does not hold to the
// limit of two keys a user, which CreateAccessKey does.
func (u *User) AddKey() Key {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.newKey(u.s.now(), 0).Key
}

func (u *User) newKey(now time.Time, delay time.Duration) *accessKey {
	k := &accessKey{
		Key:  Key{ID: "AKIA" + random(keyAlphabet, 16), Secret: random(secretAlphabet, 40)},
		user: u, active: true, created: now, usableAt: now.Add(delay),
	}
	u.keys = append(u.keys, k)
	u.s.keys[k.ID] = k
	return k
}

// Keys are the IDs of the user's access keys, oldest first, each with its status
// (Active or Inactive).
func (u *User) Keys() (ids, statuses []string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for _, k := range u.keys {
		ids, statuses = append(ids, k.ID), append(statuses, k.status())
	}
	return ids, statuses
}

// SetKeyActive makes one of the user's keys active or inactive; false: no such key.
func (u *User) SetKeyActive(id string, active bool) bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	k := u.key(id)
	if k != nil {
		k.active = active
	}
	return k != nil
}

// DeleteKey deletes one of the user's keys; false: no such key. Sessions that it
// made live on until they expire, as AWS's do.
func (u *User) DeleteKey(id string) bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	k := u.key(id)
	if k != nil {
		u.dropKey(k)
	}
	return k != nil
}

func (u *User) key(id string) *accessKey {
	i := slices.IndexFunc(u.keys, func(k *accessKey) bool { return k.ID == id })
	if i < 0 {
		return nil
	}
	return u.keys[i]
}

func (u *User) dropKey(k *accessKey) {
	u.keys = slices.DeleteFunc(u.keys, func(o *accessKey) bool { return o == k })
	delete(u.s.keys, k.ID)
}

// Allow cuts the user's permissions down to these actions ("sts:AssumeRole",
// "iam:*AccessKey*"); called again, it adds to them.
func (u *User) Allow(actions ...string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.perms.Restricted = true
	u.perms.Allowed = append(u.perms.Allowed, actions...)
}

// Deny is an explicit deny of these actions.
func (u *User) Deny(actions ...string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.perms.Denied = append(u.perms.Denied, actions...)
}

// DenyWithoutMFA is an explicit deny of these actions for credentials without an
// MFA context, as the policy that AWS recommends for self-service has it.
func (u *User) DenyWithoutMFA(actions ...string) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.perms.WithoutMFA = append(u.perms.WithoutMFA, actions...)
}

// principal is who a request is from, once its signature was verified.
type principal struct {
	arn     string
	userID  string
	account string
	user    *User // nil for a role session
	role    *role // nil for a user
	// temporary is true of everything but long-lived keys: what such credentials
	// assume is a chained role.
	temporary bool
	federated bool // a federated user, of user
	chained   bool // a role session that temporary credentials asked for
	mfa       bool // aws:MultiFactorAuthPresent
	session   sessionContext
}

// sessionContext is what a role session carries along.
type sessionContext struct {
	sourceIdentity string
	transitive     []tag // inherited by whatever this session assumes
	policies       []policy.Session
}

// session is a set of temporary credentials.
type session struct {
	id, secret, token string
	expires           time.Time
	who               principal
}

func (p *principal) permissions() *policy.Permissions {
	if p.role != nil {
		return &p.role.perms
	}
	return &p.user.perms
}

// rule reports whether the identity policy allows an action, and the session policies too.
func (p *principal) rule(action string) policy.Ruling { return p.ruleOn(p.ask(action, "*")) }

func (p *principal) ruleOn(r policy.Request) policy.Ruling {
	if why := p.permissions().RuleOn(r, p.mfa); why != policy.Permitted {
		return why
	}
	if p.federated && len(p.session.policies) == 0 {
		return policy.NotInSessionPolicy
	}
	return policy.RuleSession(p.session.policies, r.Action)
}

// Alphabets of AWS's identifiers and secrets.
const (
	keyAlphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	idAlphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// random is n characters of an alphabet; crypto/rand never fails on Go's
// platforms, it ends the program instead.
func random(alphabet string, n int) string {
	raw, out := make([]byte, n*2), make([]byte, 0, n)
	limit := 256 - 256%len(alphabet) // no bias towards the first letters
	for len(out) < n {
		_, _ = rand.Read(raw)
		for _, b := range raw {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

func randomToken(chars int) string {
	raw := make([]byte, chars*3/4)
	_, _ = rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}

func requestID() string {
	const hexAlphabet = "0123456789abcdef"
	return random(hexAlphabet, 8) + "-" + random(hexAlphabet, 4) + "-4" + random(hexAlphabet, 3) + "-a" +
		random(hexAlphabet, 3) + "-" + random(hexAlphabet, 12)
}
