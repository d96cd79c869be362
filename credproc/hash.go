package credproc

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"

	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// withItems gives each step its item. The hash covers the base's identity and everything that STS is sent, so that
// editing such a setting makes another item. A default session name and the CA bundle are left out.
func (p Plan) withItems() Plan {
	h := fields{sha256.New()}
	h.put("hatstand 1", p.Base.Identity())
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Call == GetRoleCredentials { // the base's identity has all that the service is sent
			h.put(string(s.Call))
			s.Item = p.item(h)
			continue
		}
		h.put(string(s.Call), s.Region, s.Endpoint.URL, flags(s.Endpoint), s.Serial,
			strconv.Itoa(int(s.Duration.Seconds())))
		if s.Call != GetSessionToken {
			r := s.Role
			h.put(r.ARN, r.ExternalID, r.SessionName, r.SourceIdentity, r.Policy)
			h.list(r.PolicyARNs)
			h.list(r.TransitiveTags)
			h.count(len(r.Tags))
			for _, t := range r.Tags {
				h.put(t.Key, t.Value)
			}
			// That a reason goes along counts, not which: it lasts as long as the session that it opened.
			if r.ReasonRequired.IsSet() {
				h.put(limits.ReasonTag)
			}
		}
		s.Item = p.item(h)
	}
	return p
}

// item is the item of the step that the hash has come to.
func (p Plan) item(h fields) Item {
	i := Item{Hash: hex.EncodeToString(h.Sum(nil)[:16])}
	if i.Grant = p.Base.SignInKey(); i.Grant == "" {
		i.Base = p.Base.Profile
	}
	return i
}

// orLongLived joins the plans for the two answers that the base's program can give. A role has the same item in both.
func (p Plan) orLongLived(long Plan) Plan {
	for i := 1; i <= len(p.Steps); i++ {
		temporary, lasting := &p.Steps[len(p.Steps)-i].Item, &long.Steps[len(long.Steps)-i].Item
		h := fields{sha256.New()}
		h.put("hatstand either", temporary.Hash, lasting.Hash)
		temporary.Hash = hex.EncodeToString(h.Sum(nil)[:16])
		lasting.Hash = temporary.Hash
	}
	p.LongLived = &long
	return p
}

func flags(e profiles.Endpoint) string {
	b := []byte("---")
	for i, on := range []bool{e.FIPS, e.DualStack, e.Legacy} {
		if on {
			b[i] = 'x'
		}
	}
	return string(b)
}

// fields hashes each string after its length, so that no two lists of strings have the same bytes.
type fields struct{ hash.Hash }

func (f fields) put(ss ...string) {
	for _, s := range ss {
		f.count(len(s))
		f.Write([]byte(s))
	}
}

func (f fields) list(ss []string) {
	f.count(len(ss))
	f.put(ss...)
}

func (f fields) count(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	f.Write(b[:])
}
