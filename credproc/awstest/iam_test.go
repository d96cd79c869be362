package awstest

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/credproc/awstest/policy"
)

// answer is as much of IAM's answers as these tests read.
type answer struct {
	XMLName xml.Name
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
	Key     struct {
		ID     string `xml:"AccessKeyId"`
		Secret string `xml:"SecretAccessKey"`
		Status string
	} `xml:"CreateAccessKeyResult>AccessKey"`
	Keys []struct {
		ID     string `xml:"AccessKeyId"`
		Status string
	} `xml:"ListAccessKeysResult>AccessKeyMetadata>member"`
	LastUsed struct {
		Date    string `xml:"LastUsedDate"`
		Service string `xml:"ServiceName"`
		Region  string
	} `xml:"GetAccessKeyLastUsedResult>AccessKeyLastUsed"`
	User struct {
		Arn, UserName, Path string
	} `xml:"GetUserResult>User"`
	Device struct {
		Serial string `xml:"SerialNumber"`
		Seed   string `xml:"Base32StringSeed"`
		PNG    string `xml:"QRCodePNG"`
	} `xml:"CreateVirtualMFADeviceResult>VirtualMFADevice"`
	Devices []struct {
		Serial string `xml:"SerialNumber"`
	} `xml:"ListMFADevicesResult>MFADevices>member"`
	Virtual []struct {
		Serial string `xml:"SerialNumber"`
		User   struct{ UserName string }
	} `xml:"ListVirtualMFADevicesResult>VirtualMFADevices>member"`
}

// iam calls IAM and gives its answer and HTTP status.
func (w world) iam(t *testing.T, c aws.Credentials, action string, kv ...string) (answer, int) {
	t.Helper()
	v := form(kv...)
	v.Set("Action", action)
	v.Set("Version", iamVersion)
	status, body, _ := raw(t, w.Server, &c, "iam", iamRegion(w.opts.Partition), v)
	var a answer
	if err := xml.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if a.XMLName.Space != "https://iam.amazonaws.com/doc/2010-05-08/" {
		t.Errorf("namespace %q", a.XMLName.Space)
	}
	if status == 200 && a.XMLName.Local != action+"Response" {
		t.Errorf("answer %q", a.XMLName.Local)
	}
	return a, status
}

func TestKeyRotation(t *testing.T) {
	w := newWorld(t, Options{})
	old := keyCreds(w.key)
	a, status := w.iam(t, old, "CreateAccessKey")
	if status != 200 || a.Key.Status != "Active" || len(a.Key.Secret) != 40 || !policy.Like("AKIA????????????????", a.Key.ID) {
		t.Fatalf("%d %+v", status, a)
	}
	fresh := aws.Credentials{AccessKeyID: a.Key.ID, SecretAccessKey: a.Key.Secret}
	if a, status := w.iam(t, old, "CreateAccessKey"); status != 409 || a.Code != "LimitExceeded" || a.Message != "Cannot exceed quota for AccessKeysPerUser: 2" {
		t.Errorf("a third key: %d %+v", status, a)
	}
	if a, _ := w.iam(t, fresh, "UpdateAccessKey", "AccessKeyId", w.key.ID, "Status", "Inactive", "UserName", "alice"); a.Code != "" {
		t.Errorf("%+v", a)
	}
	if a, status := w.iam(t, old, "ListAccessKeys"); status != 403 || a.Code != "InvalidClientTokenId" {
		t.Errorf("the old key still works: %d %+v", status, a)
	}
	a, _ = w.iam(t, fresh, "ListAccessKeys")
	if len(a.Keys) != 2 || a.Keys[0].ID != w.key.ID || a.Keys[0].Status != "Inactive" || a.Keys[1].Status != "Active" {
		t.Errorf("%+v", a.Keys)
	}
	if a, _ := w.iam(t, fresh, "DeleteAccessKey", "AccessKeyId", w.key.ID); a.Code != "" {
		t.Errorf("%+v", a)
	}
	if a, _ = w.iam(t, fresh, "ListAccessKeys"); len(a.Keys) != 1 || a.Keys[0].ID != fresh.AccessKeyID {
		t.Errorf("%+v", a.Keys)
	}
	if ids, statuses := w.user.Keys(); len(ids) != 1 || statuses[0] != "Active" {
		t.Errorf("%v %v", ids, statuses)
	}
}

func TestRefusalsOfIAM(t *testing.T) {
	const gone = "AKIAAAAAAAAAAAAAAAAA"
	for name, row := range map[string]struct {
		action        string
		kv            []string
		prepare       func(world)
		status        int
		code, message string
	}{
		"a user that is not there": {
			action: "ListAccessKeys", kv: []string{"UserName", "bob"}, status: 404,
			code: "NoSuchEntity", message: "The user with name bob cannot be found.",
		},
		"a user of another account": {
			action: "ListAccessKeys", kv: []string{"UserName", "carol"}, prepare: func(w world) { w.AddUser(other, "carol") }, status: 404,
			code: "NoSuchEntity", message: "The user with name carol cannot be found.",
		},
		"a key that is not there": {
			action: "DeleteAccessKey", kv: []string{"AccessKeyId", gone}, status: 404,
			code: "NoSuchEntity", message: "The Access Key with id " + gone + " cannot be found.",
		},
		"the last use of a key that is not there": {
			action: "GetAccessKeyLastUsed", kv: []string{"AccessKeyId", gone}, status: 404,
			code: "NoSuchEntity", message: "The Access Key with id " + gone + " cannot be found.",
		},
		"a status that is none": {
			action: "UpdateAccessKey", kv: []string{"AccessKeyId", gone, "Status", "off"}, status: 400,
			code: "ValidationError", message: "1 validation error detected: Value 'off' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]",
		},
		"no key named": {
			action: "DeleteAccessKey", status: 400,
			code: "ValidationError", message: "1 validation error detected: Value null at 'accessKeyId' failed to satisfy constraint: Member must not be null",
		},
		"an explicit deny, no user named": {
			action: "CreateAccessKey", prepare: func(w world) { w.user.Deny("iam:CreateAccessKey") }, status: 403,
			code: "AccessDenied", message: "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:CreateAccessKey on resource: user null with an explicit deny in an identity-based policy",
		},
		"an explicit deny": {
			action: "CreateAccessKey", kv: []string{"UserName", "alice"}, prepare: func(w world) { w.user.DenyWithoutMFA("iam:*") }, status: 403,
			code: "AccessDenied", message: "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:CreateAccessKey on resource: user alice with an explicit deny in an identity-based policy",
		},
		"no permission": {
			action: "DeleteAccessKey", kv: []string{"AccessKeyId", gone, "UserName", "alice"}, prepare: func(w world) { w.user.Allow("sts:*") }, status: 403,
			code: "AccessDenied", message: "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:DeleteAccessKey on resource: user alice because no identity-based policy allows the iam:DeleteAccessKey action",
		},
		"a device's path without slashes": {
			action: "CreateVirtualMFADevice", kv: []string{"VirtualMFADeviceName", "phone", "Path", "team"}, status: 400, code: "ValidationError",
			message: "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
		},
		"a device without a name": {
			action: "CreateVirtualMFADevice", status: 400, code: "ValidationError",
			message: "1 validation error detected: Value null at 'virtualMFADeviceName' failed to satisfy constraint: Member must not be null",
		},
		"no permission to make a device": {
			action: "CreateVirtualMFADevice", kv: []string{"VirtualMFADeviceName", "phone"}, prepare: func(w world) { w.user.Allow("sts:*") }, status: 403,
			code: "AccessDenied", message: "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:CreateVirtualMFADevice on resource: arn:aws:iam::111111111111:mfa/phone because no identity-based policy allows the iam:CreateVirtualMFADevice action",
		},
		"a device that is not there": {
			action: "EnableMFADevice", kv: []string{"UserName", "alice", "SerialNumber", "arn:aws:iam::111111111111:mfa/none", "AuthenticationCode1", "000000", "AuthenticationCode2", "111111"},
			status: 404, code: "NoSuchEntity", message: "VirtualMFADevice with serial number arn:aws:iam::111111111111:mfa/none does not exist.",
		},
		"codes that are none": {
			action: "EnableMFADevice", kv: []string{"UserName", "alice", "SerialNumber", "arn:aws:iam::111111111111:mfa/none", "AuthenticationCode1", "12345x", "AuthenticationCode2", "111111"},
			status: 400, code: "ValidationError",
			message: `1 validation error detected: Value '12345x' at 'authenticationCode1' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]+`,
		},
		"an assignment status that is none": {
			action: "ListVirtualMFADevices", kv: []string{"AssignmentStatus", "Lost"}, status: 400, code: "ValidationError",
			message: "1 validation error detected: Value 'Lost' at 'assignmentStatus' failed to satisfy constraint: Member must satisfy enum value set: [Assigned, Any, Unassigned]",
		},
		"a page of nothing": {
			action: "ListVirtualMFADevices", kv: []string{"MaxItems", "0"}, status: 400, code: "ValidationError",
			message: "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
		},
		"a page of what is no number": {
			action: "ListAccessKeys", kv: []string{"MaxItems", "all"}, status: 400, code: "MalformedInput",
			message: `NumberFormatException: For input string: "all"`,
		},
		"a page that is not there": {
			action: "ListMFADevices", kv: []string{"Marker", "from-1-on"}, status: 400, code: "ValidationError", message: "Invalid Marker.",
		},
		"no permission to list devices": {
			action: "ListVirtualMFADevices", prepare: func(w world) { w.user.Deny("iam:List*") }, status: 403, code: "AccessDenied",
			message: "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:ListVirtualMFADevices on resource: arn:aws:iam::111111111111:mfa/ with an explicit deny in an identity-based policy",
		},
		"no permission to ask for a key's last use": {
			action: "GetAccessKeyLastUsed", kv: []string{"AccessKeyId", gone}, prepare: func(w world) { w.user.Deny("iam:*") }, status: 403, code: "AccessDenied",
			message: "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key " + gone + " with an explicit deny in an identity-based policy",
		},
		"an unknown action": {
			action: "CreateUser", status: 400, code: "InvalidAction", message: "Could not find operation CreateUser for version 2010-05-08",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			if row.prepare != nil {
				row.prepare(w)
			}
			a, status := w.iam(t, keyCreds(w.key), row.action, row.kv...)
			if status != row.status || a.Code != row.code || a.Message != row.message {
				t.Errorf("%d %s: %s", status, a.Code, a.Message)
			}
		})
	}
}

func TestIAMIsGlobal(t *testing.T) {
	w := newWorld(t, Options{})
	creds := keyCreds(w.key)
	status, body, _ := raw(t, w.Server, &creds, "iam", "eu-west-1", form("Action", "GetUser", "Version", iamVersion))
	if status != 403 || !strings.Contains(body, "Credential should be scoped to a valid region, not &#39;eu-west-1&#39;. ") {
		t.Errorf("%d %s", status, body)
	}
	cn := newWorld(t, Options{Partition: "aws-cn"})
	if a, status := cn.iam(t, keyCreds(cn.key), "GetUser"); status != 200 || a.User.Arn != "arn:aws-cn:iam::111111111111:user/alice" {
		t.Errorf("%d %+v", status, a)
	}
}

func TestIAMWithTemporaryCredentials(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	if a, status := w.iam(t, w.session(t), "GetUser"); status != 403 || a.Code != "InvalidClientTokenId" {
		t.Errorf("a session without MFA: %d %+v", status, a)
	}
	out, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), w.withCode(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	w.user.DenyWithoutMFA("iam:*")
	if a, status := w.iam(t, tempCreds(out.Credentials), "GetUser"); status != 200 || a.User.UserName != "alice" || a.User.Path != "/" {
		t.Errorf("a session with MFA: %d %+v", status, a)
	}
	for _, action := range []string{"ListAccessKeys", "UpdateAccessKey"} {
		if a, status := w.iam(t, tempCreds(out.Credentials), action, "AccessKeyId", w.key.ID, "Status", "Active"); status != 400 || a.Message != "Must specify userName when calling with non-User credentials" {
			t.Errorf("%s with a session, of nobody by name: %d %+v", action, status, a)
		}
	}
	w2 := newWorld(t, Options{})
	w2.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	if a, status := w2.iam(t, w2.role(t, keyCreds(w2.key)), "GetUser"); status != 400 || a.Message != "Must specify userName when calling with non-User credentials" {
		t.Errorf("a role: %d %+v", status, a)
	}
}

func TestNewKeysTakeAWhile(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now})
	w.KeyDelay(10 * time.Second)
	a, _ := w.iam(t, keyCreds(w.key), "CreateAccessKey")
	fresh := aws.Credentials{AccessKeyID: a.Key.ID, SecretAccessKey: a.Key.Secret}
	_, err := client(w.Server, fresh).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")
	c.move(10 * time.Second)
	if _, err := client(w.Server, fresh).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestLastUse(t *testing.T) {
	w := newWorld(t, Options{})
	spare := w.user.AddKey()
	if a, _ := w.iam(t, keyCreds(w.key), "GetAccessKeyLastUsed", "AccessKeyId", spare.ID); a.LastUsed.Service != "N/A" || a.LastUsed.Date != "" {
		t.Errorf("never used: %+v", a.LastUsed)
	}
	if _, err := client(w.Server, keyCreds(spare)).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if a, _ := w.iam(t, keyCreds(w.key), "GetAccessKeyLastUsed", "AccessKeyId", spare.ID); a.LastUsed.Service != "sts" || a.LastUsed.Region != "eu-west-1" || a.LastUsed.Date == "" {
		t.Errorf("used: %+v", a.LastUsed)
	}
}

func TestMFADeviceFromBirthToGrave(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now})
	me := keyCreds(w.key)
	a, status := w.iam(t, me, "CreateVirtualMFADevice", "VirtualMFADeviceName", "phone")
	const serial = "arn:aws:iam::111111111111:mfa/phone"
	if status != 200 || a.Device.Serial != serial {
		t.Fatalf("%d %+v", status, a)
	}
	seed, err := base64.StdEncoding.DecodeString(a.Device.Seed)
	if err != nil || len(seed) != 64 {
		t.Fatalf("seed %q, %v", seed, err)
	}
	img, err := base64.StdEncoding.DecodeString(a.Device.PNG)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(img)); err != nil {
		t.Errorf("QR code: %v", err)
	}
	if a, status := w.iam(t, me, "CreateVirtualMFADevice", "VirtualMFADeviceName", "phone"); status != 409 || a.Code != "EntityAlreadyExists" {
		t.Errorf("again: %d %+v", status, a)
	}

	d := &Device{Seed: string(seed)}
	code := func(steps int) string { return d.Code(c.now().Add(time.Duration(steps) * step * time.Second)) }
	enable := func(one, two string) (answer, int) {
		return w.iam(t, me, "EnableMFADevice", "UserName", "alice", "SerialNumber", serial, "AuthenticationCode1", one, "AuthenticationCode2", two)
	}
	for name, pair := range map[string][2]string{
		"the same twice": {code(0), code(0)}, "in the wrong order": {code(1), code(0)}, "not consecutive": {code(-1), code(1)}, "too old": {code(-5), code(-4)},
	} {
		if a, status := enable(pair[0], pair[1]); status != 403 || a.Code != "InvalidAuthenticationCode" || a.Message != "Authentication code for device is not valid." {
			t.Errorf("codes %s: %d %+v", name, status, a)
		}
	}
	if a, status := w.iam(t, me, "DeactivateMFADevice", "UserName", "alice", "SerialNumber", serial); status != 404 || a.Code != "NoSuchEntity" {
		t.Errorf("deactivated before it was enabled: %d %+v", status, a)
	}
	if a, status := enable(code(-1), code(0)); status != 200 {
		t.Fatalf("%d %+v", status, a)
	}
	if a, status := enable(code(0), code(1)); status != 409 || a.Code != "EntityAlreadyExists" {
		t.Errorf("enabled twice: %d %+v", status, a)
	}
	if a, _ := w.iam(t, me, "ListMFADevices"); len(a.Devices) != 2 || a.Devices[1].Serial != serial {
		t.Errorf("%+v", a.Devices)
	}
	if a, _ := w.iam(t, me, "ListVirtualMFADevices", "AssignmentStatus", "Assigned"); len(a.Virtual) != 2 || a.Virtual[1].User.UserName != "alice" {
		t.Errorf("%+v", a.Virtual)
	}
	if a, status := w.iam(t, me, "DeleteVirtualMFADevice", "SerialNumber", serial); status != 409 || a.Code != "DeleteConflict" {
		t.Errorf("deleted while in use: %d %+v", status, a)
	}

	// The second code is spent with the enabling; the next one is good.
	in := w.withCode(c.now())
	in.SerialNumber, in.TokenCode = aws.String(serial), aws.String(code(0))
	wantRefusal(t, w.get(t, in), 403, "AccessDenied", badCode)
	in.TokenCode = aws.String(code(1))
	if err := w.get(t, in); err != nil {
		t.Error(err)
	}

	if a, status := w.iam(t, me, "DeactivateMFADevice", "UserName", "alice", "SerialNumber", serial); status != 200 {
		t.Errorf("%d %+v", status, a)
	}
	c.move(step * time.Second)
	in.TokenCode = aws.String(code(1))
	wantRefusal(t, w.get(t, in), 403, "AccessDenied", badSerial)
	if a, _ := w.iam(t, me, "ListVirtualMFADevices", "AssignmentStatus", "Unassigned"); len(a.Virtual) != 1 || a.Virtual[0].Serial != serial {
		t.Errorf("%+v", a.Virtual)
	}
	if a, status := w.iam(t, me, "DeleteVirtualMFADevice", "SerialNumber", serial); status != 200 {
		t.Errorf("%d %+v", status, a)
	}
	if a, status := w.iam(t, me, "DeleteVirtualMFADevice", "SerialNumber", serial); status != 404 || a.Code != "NoSuchEntity" {
		t.Errorf("deleted twice: %d %+v", status, a)
	}
}

func TestEightDevicesAreEnough(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now})
	for i := range 7 {
		w.user.AddMFA("d" + string(rune('a'+i)))
	}
	a, _ := w.iam(t, keyCreds(w.key), "CreateVirtualMFADevice", "VirtualMFADeviceName", "ninth")
	seed, err := base64.StdEncoding.DecodeString(a.Device.Seed)
	if err != nil {
		t.Fatal(err)
	}
	d := &Device{Seed: string(seed)}
	a, status := w.iam(t, keyCreds(w.key), "EnableMFADevice", "UserName", "alice", "SerialNumber", a.Device.Serial,
		"AuthenticationCode1", d.Code(c.now()), "AuthenticationCode2", d.Code(c.now().Add(step*time.Second)))
	if status != 409 || a.Message != "Cannot exceed quota for MFADevicesPerUser: 8" {
		t.Errorf("%d %+v", status, a)
	}
}

func TestAFIDOKeyIsListedAndGoesWhenDeactivated(t *testing.T) {
	w := newWorld(t, Options{})
	me := keyCreds(w.key)
	key := w.user.AddMFAFIDO("yubi")
	if !policy.Like("arn:aws:iam::111111111111:u2f/user/alice/yubi-*", key.Serial) || key.Seed != "" {
		t.Errorf("%+v", key.Serial)
	}
	if a, _ := w.iam(t, me, "ListMFADevices"); len(a.Devices) != 2 || a.Devices[1].Serial != key.Serial {
		t.Errorf("%+v", a.Devices)
	}
	if a, _ := w.iam(t, me, "ListVirtualMFADevices"); len(a.Virtual) != 1 {
		t.Errorf("it is no virtual device: %+v", a.Virtual)
	}
	if a, status := w.iam(t, me, "DeactivateMFADevice", "SerialNumber", key.Serial); status != 200 {
		t.Errorf("%d %+v", status, a)
	}
	if a, _ := w.iam(t, me, "ListMFADevices"); len(a.Devices) != 1 {
		t.Errorf("%+v", a.Devices)
	}
}

func TestUsersMayHaveAPath(t *testing.T) {
	w := newWorld(t, Options{})
	u := w.AddUser(home, "team/red/carol")
	if a, _ := w.iam(t, keyCreds(u.AddKey()), "GetUser"); a.User.Arn != "arn:aws:iam::111111111111:user/team/red/carol" || a.User.UserName != "carol" || a.User.Path != "/team/red/" {
		t.Errorf("%+v", a.User)
	}
}

func TestEveryPartitionHasOneIAM(t *testing.T) {
	for partition, region := range map[string]string{
		"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-iso": "us-iso-east-1", "aws-iso-b": "us-isob-east-1", "aws-eusc": "eusc-de-east-1",
	} {
		if iamRegion(partition) != region || partitionOf(region) != partition || !looksLikeRegion(region) {
			t.Errorf("%s: IAM in %s; %s is of %s", partition, iamRegion(partition), region, partitionOf(region))
		}
	}
}
