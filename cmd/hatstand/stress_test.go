//go:build linux

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/credproc/awstest"
	awscredentials "hatstand/credproc/credentials"
)

var (
	stressSeed = flag.Uint64("seed", 0, "what TestStress does; 0 picks one, and says which")
	stressFor  = flag.Duration("stress", 0, "how long TestStress begins new rounds; 0 is 25 s, where long tests run, and else not at all")
)

// TestStress has two hundred processes at a time want credentials while some are killed, AWS is unwell,
// items are spoilt, the config is edited and sessions are forgotten. After each round it holds hatstand to
// what must be so whatever happened: nobody has another identity than the one asked for, nor credentials that
// ended; AWS was asked for nothing that was there and valid; no lock and no half file is left; and then,
// with nothing in the way, everyone gets theirs.
//
// A seed gives the same deeds again; how the processes meet is the machine's affair.
func TestStress(t *testing.T) {
	if *stressFor == 0 {
		long(t)
	}
	seed := *stressSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("again with: go test ./cmd/hatstand -run TestStress -seed %d", seed)
	limit := *stressFor
	if limit == 0 {
		limit = 25 * time.Second
	}
	s := newStress(t, seed)
	rounds, processes := 0, 0
	for end := time.Now().Add(limit); time.Now().Before(end) && !t.Failed(); rounds++ {
		processes += s.round()
	}
	s.clean()
	t.Logf("%d rounds, %d processes, %d killed, %d failed as they may", rounds, processes, s.killed, s.failed)
}

// A place is where something is kept: a base's session (role "") or a role's.
type place struct{ base, role string }

type stress struct {
	*herd
	t       *testing.T
	rand    *rand.Rand
	bases   []string
	devices map[string]*awstest.Device // of the bases that want a code
	roles   map[string]string          // what the config says, by profile
	coded   map[string]time.Time       // when a base may next be made to want a code without a long wait
	dead    map[string]bool            // key IDs that ended, or were spoilt
	wanted  map[place]bool             // every place there is, and whether nothing good is kept there
	ever    map[string]awstest.Call    // all that AWS issued, by key ID
	store   *cache.Store
	edits   []roleEdit // of this round
	killed  int
	failed  int
}

// A roleEdit is a profile's role, and from when to when a process may have read it.
type roleEdit struct {
	profile, role string
	from, to      time.Time
}

const (
	stressCoded, stressPlain = 6, 4 // bases with a device, and without
	stressRoles              = 3    // profiles a base
)

func newStress(t *testing.T, seed uint64) *stress {
	s := &stress{
		herd: emptyHerd(t, herdBin(t)), t: t, rand: rand.New(rand.NewPCG(seed, 0)), devices: map[string]*awstest.Device{},
		roles: map[string]string{}, coded: map[string]time.Time{}, dead: map[string]bool{}, wanted: map[place]bool{}, ever: map[string]awstest.Call{},
	}
	s.env = append(s.env, clockVariable+"=") // one that waits must not make another's code an old one
	for i := range stressCoded + stressPlain {
		base := fmt.Sprint("base", i)
		s.bases = append(s.bases, base)
		user := s.aws.AddUser(home, base)
		coded := i < stressCoded
		if coded {
			s.devices[base] = user.AddMFA(base)
		}
		for n := range stressRoles {
			profile := fmt.Sprintf("%s-%d", base, n)
			for _, role := range []string{profile, profile + "-other"} {
				s.aws.AddRole(roleOf(role), awstest.Role{Trust: []awstest.Trust{{Principal: user.ARN, RequireMFA: coded}}})
				s.wanted[place{base, role}] = true
			}
			s.roles[profile] = profile
		}
		if coded {
			s.wanted[place{base, ""}] = true
			s.rested(base) // the first round wants its code
		}
		s.writeConfig()
		s.addKeys(base, user)
		if coded {
			s.do(s.devices[base].Seed, s.bin, "mfa", "add", base, "--from-stdin")
		}
	}
	var err error
	s.store, err = cache.Open(t.Context(), cache.Options{
		Backend: "file", DataDir: filepath.Join(s.dir, ".local/share/hatstand"), StateDir: filepath.Join(s.dir, ".local/state/hatstand"),
		Passphrase: func(context.Context, cache.PassphraseRequest) (string, error) { return herdPassphrase, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reset has AWS begin a new record.
func (s *stress) reset() {
	maps.Copy(s.ever, s.issued())
	s.aws.Reset()
}

// everIssued is all that AWS issued, by key ID.
func (s *stress) everIssued() map[string]awstest.Call {
	maps.Copy(s.ever, s.issued())
	return s.ever
}

// placeOf is where the credentials of a call belong.
func placeOf(c awstest.Call) place {
	if c.Action == "AssumeRole" {
		_, role, _ := strings.Cut(c.Params["RoleArn"], ":role/")
		return place{baseOf(role), role}
	}
	return place{c.Caller[strings.LastIndexByte(c.Caller, '/')+1:], ""}
}

// A kept is an item of the keyring that can be read.
type kept struct {
	path   string
	hash   string
	c      awscredentials.Value
	issued time.Time
}

// survey finds out what is kept, and needs no renewal for a while.
func (s *stress) survey() map[place]kept {
	items, err := filepath.Glob(filepath.Join(s.dir, ".local/share/hatstand/keyring/session~*.item"))
	if err != nil {
		s.t.Fatal(err)
	}
	all, issued := map[place]kept{}, s.everIssued()
	for _, path := range items {
		parts := strings.Split(strings.TrimSuffix(filepath.Base(path), ".item"), "~")
		c, at, err := s.store.Session(s.t.Context(), cache.SessionID{Base: parts[1], Hash: parts[2]})
		if err == nil && credproc.Fresh(time.Now().Add(5*time.Minute), at, c.Expires) {
			all[placeOf(issued[c.AccessKeyID])] = kept{path, parts[2], c, at}
		}
	}
	for at := range s.wanted {
		_, is := all[at]
		s.wanted[at] = !is
	}
	return all
}

// writeConfig replaces the config in one step, as editors do.
func (s *stress) writeConfig() {
	var b strings.Builder
	for _, base := range s.bases {
		fmt.Fprintf(&b, "[profile %s]\n", base)
		if d := s.devices[base]; d != nil {
			fmt.Fprintf(&b, "mfa_serial = %s\n", d.Serial)
		}
	}
	for _, profile := range slices.Sorted(maps.Keys(s.roles)) {
		fmt.Fprintf(&b, "[profile %s]\nregion = eu-west-1\nrole_arn = %s\nsource_profile = %s\n", profile, roleOf(s.roles[profile]), baseOf(profile))
	}
	s.write(".aws/new", b.String())
	if err := os.Rename(filepath.Join(s.dir, ".aws/new"), filepath.Join(s.dir, ".aws/config")); err != nil {
		s.t.Fatal(err)
	}
}

func baseOf(profile string) string { base, _, _ := strings.Cut(profile, "-"); return base }

// A proc is one process of a round.
type proc struct {
	profile      string
	after        time.Duration // the start of the round
	killAfter    time.Duration // its own start; 0: it is not killed
	cmd          *exec.Cmd
	out, errs    bytes.Buffer
	began, ended time.Time
	err          error
}

// A tally is what AWS may be asked for beyond what is wanted anyway, and why.
type tally struct {
	more   map[place]int // may be had again: forgotten, spoilt, or lost with a process that was killed
	faults int           // calls that may fail
}

// round is one round; it returns how many processes it had.
func (s *stress) round() int {
	const n = 200
	s.reset()
	s.spoil()
	s.edits = nil
	began := time.Now()
	for profile, role := range s.roles {
		s.edits = append(s.edits, roleEdit{profile, role, began, began.Add(time.Hour)})
	}
	var (
		many  = tally{more: map[place]int{}}
		procs = make([]*proc, n)
		wg    sync.WaitGroup
		names = slices.Sorted(maps.Keys(s.roles))
	)
	s.unwell(&many)
	for i := range procs {
		p := &proc{profile: names[s.rand.IntN(len(names))], after: time.Duration(s.rand.IntN(200)) * time.Millisecond}
		base := baseOf(p.profile)
		chance := 5
		if s.wanted[place{base, ""}] {
			chance = 100 // whoever has the code, perhaps: the next one waits for the next step
		}
		if s.rand.IntN(chance) == 0 {
			p.killAfter = time.Duration(1+s.rand.IntN(80)) * time.Millisecond
			for _, role := range []string{"", p.profile, p.profile + "-other"} {
				many.more[place{base, role}]++
			}
		}
		procs[i] = p
	}
	deeds := s.deeds(&many)
	for _, p := range procs {
		wg.Go(func() { s.start(p) })
	}
	for _, do := range deeds {
		time.Sleep(time.Duration(s.rand.IntN(100)) * time.Millisecond)
		do()
	}
	wg.Wait()
	time.Sleep(50 * time.Millisecond) // AWS may be at the last call of one that was killed
	s.judge(procs, many)
	s.settle(names)
	return n + 2*len(names)
}

// allow lets all that is kept of a base be had once more.
func (s *stress) allow(many *tally, base string) {
	for at := range s.wanted {
		if at.base == base {
			many.more[at]++
		}
	}
}

// spoil makes some of what is kept useless before the round begins.
func (s *stress) spoil() {
	all := s.survey()
	for range s.rand.IntN(16) {
		at, other, how := s.somewhere(), s.somewhere(), s.rand.IntN(6)
		k, is := all[at]
		if !is || s.dead[k.c.AccessKeyID] || at.role == "" && !s.rested(at.base) {
			continue
		}
		switch how {
		case 0:
			s.overwrite(k.path, []byte("rubbish"))
		case 1:
			s.overwrite(k.path, nil)
		case 2:
			b := s.bytes(k.path)
			s.overwrite(k.path, b[:len(b)/2])
		case 3, 5: // another's credentials in its place
			o, is := all[other]
			if !is || other == at {
				continue
			}
			s.overwrite(k.path, s.bytes(o.path))
		case 4:
			k.c.Expires = time.Now().Add(-time.Second)
			if err := s.store.PutSession(s.t.Context(), cache.SessionID{Base: at.base, Hash: k.hash}, k.c, k.issued.Add(-time.Hour)); err != nil {
				s.t.Fatal(err)
			}
		}
		s.dead[k.c.AccessKeyID] = true
	}
	s.survey()
}

// somewhere is a place, wherever the dice fall: a role that some profile has now, or a session.
func (s *stress) somewhere() place {
	base, n := s.bases[s.rand.IntN(len(s.bases))], s.rand.IntN(stressRoles+1)
	if n == stressRoles {
		return place{base, ""}
	}
	return place{base, s.roles[fmt.Sprintf("%s-%d", base, n)]}
}

func (s *stress) bytes(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *stress) overwrite(path string, b []byte) {
	if err := os.WriteFile(path, b, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// rested tells whether a base may be made to want a code: not where that means a wait for the next step.
// From now on it has not.
func (s *stress) rested(base string) bool {
	if time.Now().Before(s.coded[base]) {
		return false
	}
	s.coded[base] = time.Now().Add(65 * time.Second)
	return true
}

// unwell has AWS fail some calls. Those that carry a code are spared but for a few: each costs its base
// the rest of a step.
func (s *stress) unwell(many *tally) {
	if s.rand.IntN(2) == 0 {
		return
	}
	for range 1 + s.rand.IntN(8) {
		f := awstest.Fault{Action: "AssumeRole"}
		switch s.rand.IntN(6) {
		case 0:
			f.Status = 500
		case 1:
			f.Status = 503
		case 2:
			f.Code = "Throttling"
		case 3:
			f.Drop = true
		case 4:
			f.Drop, f.After = true, true
		case 5:
			f.Latency = time.Duration(s.rand.IntN(300)) * time.Millisecond
		}
		s.aws.Fault(f)
		many.faults++
	}
	if s.rand.IntN(10) == 0 {
		s.aws.Fault(awstest.Fault{Action: "GetSessionToken", Drop: true, After: s.rand.IntN(2) == 0})
		many.faults++
	}
}

// deeds are what users do while the processes run.
func (s *stress) deeds(many *tally) []func() {
	var deeds []func()
	for range s.rand.IntN(4) {
		base := s.bases[s.rand.IntN(len(s.bases))]
		if s.rand.IntN(2) == 0 {
			profile := fmt.Sprintf("%s-%d", base, s.rand.IntN(stressRoles))
			deeds = append(deeds, func() { s.edit(profile) })
			continue
		}
		if s.devices[base] != nil && !s.rested(base) {
			continue
		}
		s.allow(many, base)
		deeds = append(deeds, func() { s.do("", s.bin, "logout", base+"-0") })
	}
	return deeds
}

// edit gives a profile its other role.
func (s *stress) edit(profile string) {
	role := profile
	if s.roles[profile] == profile {
		role += "-other"
	}
	s.roles[profile] = role
	from := time.Now()
	s.writeConfig()
	now := time.Now()
	for i := range s.edits {
		if e := &s.edits[i]; e.profile == profile && e.to.After(now) {
			e.to = now
		}
	}
	s.edits = append(s.edits, roleEdit{profile, role, from, now.Add(time.Hour)})
}

// patientStress is longer than any process may take: 55 s.
const patientStress = 70 * time.Second

func (s *stress) start(p *proc) {
	time.Sleep(p.after)
	ctx, cancel := context.WithTimeout(context.Background(), patientStress)
	defer cancel()
	p.cmd = exec.CommandContext(ctx, s.bin, "credential-process", p.profile)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = s.env, &p.out, &p.errs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	p.began = time.Now()
	if p.err = p.cmd.Start(); p.err != nil {
		return
	}
	if p.killAfter > 0 {
		kill := time.AfterFunc(p.killAfter, func() { _ = p.cmd.Process.Kill() })
		defer kill.Stop()
	}
	p.err = p.cmd.Wait()
	p.ended = time.Now()
	if ctx.Err() != nil {
		p.err = ctx.Err()
	}
}

// judge holds a round to the laws.
func (s *stress) judge(procs []*proc, many tally) {
	t := s.t
	asked := map[place]bool{}
	unsettled := map[string]bool{} // bases of which something may have been lost
	for _, p := range procs {
		if p.killAfter > 0 {
			unsettled[baseOf(p.profile)] = true
		}
	}
	for _, p := range procs {
		may := s.mayBe(p)
		for role := range may {
			asked[place{baseOf(p.profile), role}] = true
		}
		code := -1
		if p.cmd != nil && p.cmd.ProcessState != nil {
			code = p.cmd.ProcessState.ExitCode()
		}
		switch {
		case p.err == context.DeadlineExceeded:
			t.Errorf("%s hung", p.profile)
		case p.killAfter > 0 && code == -1:
			s.killed++
			if b := p.out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
				t.Errorf("%s was killed, and had printed half: %q", p.profile, b)
			}
		case code == 0:
			s.answer(p, may)
		case (many.faults > 0 || s.devices[baseOf(p.profile)] != nil && unsettled[baseOf(p.profile)]) && (code == advice.Failed || code == advice.Refused) &&
			p.out.Len() == 0 && strings.HasPrefix(p.errs.String(), `hatstand: error: profile "`+p.profile+`": `):
			s.failed++
		default:
			t.Errorf("%s: %v, stdout %q, stderr %q", p.profile, p.err, p.out.String(), p.errs.String())
		}
	}
	s.count(asked, many)
	if l := s.locks(); len(l) > 0 {
		t.Errorf("locks are held: %v", l)
	}
	for _, path := range s.partial() {
		// What was being written when its writer was killed.
		if name := filepath.Base(path); s.killed == 0 || !strings.HasPrefix(name, ".new-") && !strings.HasSuffix(name, ".new") {
			t.Errorf("%s is left", path)
		}
	}
}

// mayBe are the roles that a process may have read for its profile.
func (s *stress) mayBe(p *proc) map[string]bool {
	may := map[string]bool{}
	for _, e := range s.edits {
		if e.profile == p.profile && e.from.Before(p.ended) && e.to.After(p.began) {
			may[e.role] = true
		}
	}
	return may
}

// answer holds one answer to who was asked for.
func (s *stress) answer(p *proc, may map[string]bool) {
	var wrong []string
	for role := range may {
		f := s.fault(role, p.out.String(), p.errs.String(), s.everIssued())
		if f == "" {
			for id := range s.dead {
				if strings.Contains(p.out.String(), id) {
					s.t.Errorf("%s: got %s, which had ended or was not its own", p.profile, id)
				}
			}
			return
		}
		wrong = append(wrong, f)
	}
	s.t.Errorf("%s: %v", p.profile, wrong)
}

// count holds AWS's record of a round to what the plans called for.
func (s *stress) count(asked map[place]bool, many tally) {
	t := s.t
	granted, faulted := map[place]int{}, 0
	lost := map[place]int{}
	for _, c := range s.aws.Calls() {
		at := placeOf(c)
		switch {
		case c.Dropped && c.IssuedKeyID == "", c.Code == "InternalFailure", c.Code == "ServiceUnavailable", c.Code == "Throttling":
			faulted++
		case c.Dropped:
			faulted++
			lost[at]++
			granted[at]++
		case c.Code != "":
			t.Errorf("AWS refused: %s", c) // a code that was sent twice, say
		default:
			granted[at]++
		}
	}
	if faulted > many.faults {
		t.Errorf("%d calls failed, of %d that were to", faulted, many.faults)
	}
	for at, n := range granted {
		want := lost[at] + many.more[at]
		if s.wanted[at] {
			want++
		}
		if n > want || at.role != "" && !asked[at] {
			t.Errorf("AWS gave %v %d times, want %d at most (wanted %t, asked %t, lost %d, more %d)", at, n, want, s.wanted[at], asked[at], lost[at], many.more[at])
		}
	}
	for at := range asked {
		if s.wanted[at] && granted[at] == 0 && many.faults == 0 && many.more[at] == 0 && len(s.edits) == len(s.roles) {
			t.Errorf("AWS never gave %v, which was wanted", at)
		}
	}
}

// settle lets everyone have theirs with nothing in the way, and again: that costs AWS nothing.
func (s *stress) settle(names []string) {
	for pass := range 2 {
		s.reset()
		procs := make([]*proc, len(names))
		var wg sync.WaitGroup
		for i, name := range names {
			procs[i] = &proc{profile: name}
			wg.Go(func() { s.start(procs[i]) })
		}
		wg.Wait()
		for _, p := range procs {
			if p.err != nil {
				s.t.Errorf("%s, with nothing in the way: %v, stderr %q", p.profile, p.err, p.errs.String())
				continue
			}
			s.answer(p, map[string]bool{s.roles[p.profile]: true})
		}
		seen := map[place]int{}
		for _, c := range s.aws.Calls() {
			seen[placeOf(c)]++
			if c.Code != "" {
				s.t.Errorf("AWS refused, with nothing in the way: %s", c)
			}
		}
		for at, n := range seen {
			if n > 1 || pass == 1 {
				s.t.Errorf("AWS gave %v %d times in pass %d", at, n, pass+1)
			}
		}
	}
}

// clean holds the next run to clearing up after those that were killed.
func (s *stress) clean() {
	for _, path := range s.partial() {
		if strings.HasSuffix(path, ".new") {
			continue // has a name of its own: the next code's writer replaces it
		}
		old := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			s.t.Fatal(err)
		}
	}
	s.do("", s.bin, "logout", "--all")
	for _, path := range s.partial() {
		if !strings.HasSuffix(path, ".new") {
			s.t.Errorf("%s is left", path)
		}
	}
}
