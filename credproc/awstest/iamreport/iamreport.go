// Package iamreport is what IAM reports of an account's users and of its roles: the credential report, and the services
// that a role last accessed. It is strict as AWS is: a report has to be asked for, is made in the background, holds for
// four hours, and is gone after that; jobs have IDs and pages. It imports nothing of awstest's.
package iamreport

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// States of the credential report.
const (
	Started    = "STARTED"
	InProgress = "INPROGRESS"
	Complete   = "COMPLETE"
)

// keeps is how long a report holds: IAM makes no other one meanwhile, and hands out none that is older.
const keeps = 4 * time.Hour

// A User is what the report tells of one.
type User struct {
	Name, ARN string
	Root      bool
	Created   time.Time
	MFA       bool
	Password  Password
	Keys      []Key
}

// A Password is a password for the console.
type Password struct {
	Set           bool
	Used, Changed time.Time // zero: never
}

// A Key is an access key.
type Key struct {
	Active          bool
	Created, Used   time.Time
	Region, Service string
}

// A Refusal is AWS's.
type Refusal struct {
	Status  int
	Code    string
	Message string
}

// Reports are the reports of one account.
type Reports struct {
	// Polls is how often the making of a report or a job is asked about before it is done.
	Polls int
	// Spoil changes the report before it is encoded, Encoded after that. nil: it does not.
	Spoil   func(csv string) string
	Encoded func(base64 string) string
	// Failed is the error code that jobs fail with; "": they do not.
	Failed string

	root     User // as it is reported where the account has no root user in this AWS
	words    map[string]Password
	asked    bool
	left     int
	made     time.Time
	report   []byte
	services map[string][]Service // by the role's ARN
	jobs     map[string]*job
}

// New makes the reports of an account whose root user has an MFA device.
func New(partition, account string) *Reports {
	return &Reports{Polls: 1, root: User{Root: true, ARN: "arn:" + partition + ":iam::" + account + ":root", MFA: true},
		words: map[string]Password{}, services: map[string][]Service{}, jobs: map[string]*job{}}
}

// SetPassword gives a user, by name, a password for the console; "": root.
func (r *Reports) SetPassword(user string, p Password) { r.words[user] = p }

// generate asks for the report. users returns the users as they are now.
func (r *Reports) generate(now time.Time, users func() []User) (state, description string) {
	switch {
	case r.report != nil && now.Sub(r.made) < keeps:
		return Complete, ""
	case !r.asked:
		r.asked, r.left = true, r.Polls
		return Started, "No report exists. Starting a new report generation task"
	case min(r.left, r.Polls) > 0:
		r.left--
		return InProgress, ""
	}
	r.asked, r.made = false, now
	text := Render(r.complete(users()))
	if r.Spoil != nil {
		text = r.Spoil(text)
	}
	r.report = []byte(text)
	return Complete, ""
}

// get is the report in base64, and when it was made.
func (r *Reports) get(now time.Time) (content string, made time.Time, e *Refusal) {
	switch {
	case r.asked:
		return "", made, &Refusal{404, "ReportInProgress", "Credential report is still being generated"}
	case r.report == nil:
		return "", made, &Refusal{410, "ReportNotPresent", "No report is present"}
	case now.Sub(r.made) >= keeps:
		return "", made, &Refusal{410, "ReportExpired", "The report has expired"}
	}
	content = base64.StdEncoding.EncodeToString(r.report)
	if r.Encoded != nil {
		content = r.Encoded(content)
	}
	return content, r.made, nil
}

// complete are the users with their passwords, root first, then by name.
func (r *Reports) complete(users []User) []User {
	all := []User{r.root}
	for _, u := range users {
		u.Password = r.words[u.Name]
		if u.Root {
			all[0] = u
		} else {
			all = append(all, u)
		}
	}
	slices.SortFunc(all[1:], func(a, b User) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

const head = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
	"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
	"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
	"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"

// Render is the report of users, with the columns and the words of the IAM user guide.
func Render(users []User) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(strings.Split(head, ","))
	at := func(t time.Time, none string) string {
		if t.IsZero() {
			return none
		}
		return t.UTC().Format("2006-01-02T15:04:05+00:00")
	}
	word := func(s string) string {
		if s == "" {
			return "N/A"
		}
		return s
	}
	for _, u := range users {
		row := []string{u.Name, u.ARN, at(u.Created, "N/A")}
		switch {
		case u.Root:
			row[0] = "<root_account>"
			row = append(row, "not_supported", at(u.Password.Used, "no_information"), "not_supported", "not_supported")
		case u.Password.Set:
			row = append(row, "true", at(u.Password.Used, "no_information"), at(u.Password.Changed, "N/A"), "N/A")
		default:
			row = append(row, "false", "N/A", "N/A", "N/A")
		}
		row = append(row, strconv.FormatBool(u.MFA))
		for i := range 2 {
			var k Key
			if i < len(u.Keys) {
				k = u.Keys[i]
			}
			row = append(row, strconv.FormatBool(k.Active), at(k.Created, "N/A"), at(k.Used, "N/A"), word(k.Region), word(k.Service))
		}
		_ = w.Write(append(row, "false", "N/A", "false", "N/A"))
	}
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n") // AWS ends the last line with nothing
}

// A Service is one that a role may use.
type Service struct {
	Name, Namespace string
	Used            time.Time // zero: never
	Region          string
}

type job struct {
	role string
	left int
	made time.Time
}

// SetServices says what a role may use.
func (r *Reports) SetServices(role string, all []Service) {
	r.services[role] = all
}

// begin begins a job for a role.
func (r *Reports) begin(now time.Time, role string) (id string) {
	id = fmt.Sprintf("%08x-0000-4000-8000-%012d", len(r.jobs)+1, len(r.jobs)+1)
	r.jobs[id] = &job{role: role, left: r.Polls, made: now}
	return id
}

// look is a job's services, once it is done. ok is false where there is no such job.
func (r *Reports) look(id string) (services []Service, made time.Time, done, ok bool) {
	j := r.jobs[id]
	switch {
	case j == nil:
		return nil, made, false, false
	case j.left > 0:
		j.left--
		return nil, j.made, false, true
	}
	return r.services[j.role], j.made, true, true
}
