package awstest

import (
	"net/http"
	"net/url"
	"time"

	"hatstand/credproc/awstest/model"
)

// checks are what a request breaks.
type checks struct{ model.Checks }

func (c *checks) refusal() *refusal {
	if m := c.Message(); m != "" {
		return invalid("%s", m)
	}
	return nil
}

// seconds reads DurationSeconds; missing, it is fallback.
func (c *checks) seconds(v url.Values, low, high, fallback int) (time.Duration, *refusal) {
	n, e := c.number(v, "DurationSeconds", "durationSeconds", low, high, fallback)
	return time.Duration(n) * time.Second, e
}

// number reads a whole number; missing, it is fallback.
func (c *checks) number(v url.Values, name, at string, low, high, fallback int) (int, *refusal) {
	n, err := c.Number(v, name, at, low, high, fallback)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "MalformedInput", "%s", err)
	}
	return n, nil
}
