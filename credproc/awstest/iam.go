package awstest

import (
	"fmt"
	"net/http"
	"strings"

	"hatstand/credproc/awstest/model"
	"hatstand/credproc/awstest/policy"
)

// keysPerUser is IAM's quota of access keys a user, active or not.
const keysPerUser = 2

func iamAction(name string) action {
	switch name {
	case "ListAccessKeys":
		return (*Server).listAccessKeys
	case "CreateAccessKey":
		return (*Server).createAccessKey
	case "UpdateAccessKey":
		return (*Server).updateAccessKey
	case "DeleteAccessKey":
		return (*Server).deleteAccessKey
	case "GetAccessKeyLastUsed":
		return (*Server).getAccessKeyLastUsed
	case "GenerateCredentialReport", "GetCredentialReport", "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails":
		return (*Server).askReports
	case "GetUser":
		return (*Server).getUser
	case "ListMFADevices":
		return (*Server).listMFADevices
	case "CreateVirtualMFADevice":
		return (*Server).createVirtualMFADevice
	case "EnableMFADevice":
		return (*Server).enableMFADevice
	case "DeactivateMFADevice":
		return (*Server).deactivateMFADevice
	case "DeleteVirtualMFADevice":
		return (*Server).deleteVirtualMFADevice
	case "ListVirtualMFADevices":
		return (*Server).listVirtualMFADevices
	}
	return nil
}

func noSuchEntity(format string, args ...any) *refusal {
	return refuse(http.StatusNotFound, "NoSuchEntity", format, args...)
}

func conflict(code, format string, args ...any) *refusal {
	return refuse(http.StatusConflict, code, format, args...)
}

func iamNamePattern() model.Pattern {
	return model.Pattern{Text: `[\w+=,.@-]+`, OK: model.Word("+=,.@-")}
}

// may checks the action of a call against the caller's identity policy. A refusal has the text that IAM gives.
func may(x *exchange, who *principal, resource string) *refusal {
	act := "iam:" + x.call.Action
	if why := who.ruleOn(who.ask(act, who.resource(resource))); why != policy.Permitted {
		return notAuthorized(who, act, resource, why)
	}
	return nil
}

// subject is the user that an action is about: the one named, else the caller.
// Permission is asked first, so that a refusal tells nothing of who exists; IAM
// says "user null" of a caller who named nobody.
func (s *Server) subject(x *exchange, who *principal, c *checks) (*User, *refusal) {
	name := c.Optional(x.params, "UserName", "userName", 1, 128, iamNamePattern())
	if e := c.refusal(); e != nil {
		return nil, e
	}
	shown := name
	if shown == "" {
		shown = "null"
	}
	if e := may(x, who, "user "+shown); e != nil {
		return nil, e
	}
	if name == "" {
		// "If a temporary access key is used, then UserName is required" (IAM API: ListAccessKeys,
		// UpdateAccessKey).
		if who.user == nil ||
			who.temporary && (x.call.Action == "ListAccessKeys" || x.call.Action == "UpdateAccessKey") {
			return nil, invalid("Must specify userName when calling with non-User credentials")
		}
		return who.user, nil
	}
	for _, u := range s.users {
		if u.Account == who.account && !u.root && strings.EqualFold(u.Name, name) {
			return u, nil
		}
	}
	return nil, noSuchEntity("The user with name %s cannot be found.", name)
}

func (s *Server) listAccessKeys(x *exchange, who *principal) ([]el, *refusal) {
	u, e := s.subject(x, who, &checks{})
	if e != nil {
		return nil, e
	}
	list := el{name: "AccessKeyMetadata"}
	for _, k := range u.keys {
		list.kids = append(list.kids, branch("member",
			leaf("UserName", u.Name), leaf("AccessKeyId", k.ID),
			leaf("Status", k.status()), leaf("CreateDate", stamp(k.created))))
	}
	return pageOf(x, list)
}

// pageOf is the part of a list that an answer has: 100 members where the call wants no other number of 1 to 1000 (IAM
// API: MaxItems). Marker says where the next page begins.
func pageOf(x *exchange, list el) ([]el, *refusal) {
	var c checks
	n, e := c.number(x.params, "MaxItems", "maxItems", 1, 1000, 100)
	if e == nil {
		e = c.refusal()
	}
	if e != nil {
		return nil, e
	}
	from := 0
	if m := x.params.Get("Marker"); x.params.Has("Marker") {
		if _, err := fmt.Sscanf(m, "from-%d-on", &from); err != nil || from < 1 || from >= len(list.kids) ||
			m != marker(from) {
			return nil, invalid("Invalid Marker.")
		}
	}
	to := from + n
	if to >= len(list.kids) {
		list.kids = list.kids[from:]
		return []el{leaf("IsTruncated", "false"), list}, nil
	}
	list.kids = list.kids[from:to]
	return []el{leaf("IsTruncated", "true"), leaf("Marker", marker(to)), list}, nil
}

func marker(from int) string { return fmt.Sprintf("from-%d-on", from) }

func (s *Server) createAccessKey(x *exchange, who *principal) ([]el, *refusal) {
	u, e := s.subject(x, who, &checks{})
	if e != nil {
		return nil, e
	}
	if len(u.keys) >= keysPerUser {
		return nil, conflict("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: %d", keysPerUser)
	}
	k := u.newKey(x.now, s.keyDelay)
	x.call.IssuedKeyID = k.ID
	return []el{branch("AccessKey",
		leaf("UserName", u.Name), leaf("AccessKeyId", k.ID), leaf("Status", k.status()),
		leaf("SecretAccessKey", k.Secret), leaf("CreateDate", stamp(k.created)))}, nil
}

// subjectKey is the user and the key that an action is about.
func (s *Server) subjectKey(x *exchange, who *principal, c *checks) (*User, *accessKey, *refusal) {
	id := c.Required(x.params, "AccessKeyId", "accessKeyId", 16, 128, model.Pattern{Text: `[\w]+`, OK: model.Word("")})
	u, e := s.subject(x, who, c)
	if e != nil {
		return nil, nil, e
	}
	k := u.key(id)
	if k == nil {
		return nil, nil, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	return u, k, nil
}

func (s *Server) updateAccessKey(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	status := c.Required(x.params, "Status", "status", 0, 0, model.Pattern{})
	if x.params.Has("Status") && status != "Active" && status != "Inactive" {
		c.Add("'"+status+"'", "status", "satisfy enum value set: [Active, Inactive]")
	}
	_, k, e := s.subjectKey(x, who, &c)
	if e != nil {
		return nil, e
	}
	k.active = status == "Active"
	return nil, nil
}

func (s *Server) deleteAccessKey(x *exchange, who *principal) ([]el, *refusal) {
	u, k, e := s.subjectKey(x, who, &checks{})
	if e != nil {
		return nil, e
	}
	u.dropKey(k)
	return nil, nil
}

func (s *Server) getAccessKeyLastUsed(x *exchange, who *principal) ([]el, *refusal) {
	var c checks
	id := c.Required(x.params, "AccessKeyId", "accessKeyId", 16, 128, model.Pattern{Text: `[\w]+`, OK: model.Word("")})
	if e := c.refusal(); e != nil {
		return nil, e
	}
	if e := may(x, who, "access key "+id); e != nil {
		return nil, e
	}
	k := s.keys[id]
	if k == nil || k.user.Account != who.account {
		return nil, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	used := branch("AccessKeyLastUsed", leaf("ServiceName", "N/A"), leaf("Region", "N/A"))
	if !k.lastUsed.IsZero() {
		used = branch("AccessKeyLastUsed",
			leaf("LastUsedDate", stamp(k.lastUsed)), leaf("ServiceName", k.lastOf), leaf("Region", k.lastIn))
	}
	return []el{leaf("UserName", k.user.Name), used}, nil
}

func (s *Server) getUser(x *exchange, who *principal) ([]el, *refusal) {
	u, e := s.subject(x, who, &checks{})
	if e != nil {
		return nil, e
	}
	return []el{u.element()}, nil
}

func (u *User) element() el {
	return branch("User",
		leaf("Path", u.path), leaf("UserName", u.Name), leaf("UserId", u.id),
		leaf("Arn", u.ARN), leaf("CreateDate", stamp(u.created)))
}
