package console

import (
	"testing"
	"time"
)

func TestLasting(t *testing.T) {
	const h = time.Hour
	for name, row := range map[string]struct {
		lineage           Lineage
		asked, life, left time.Duration
		want              time.Duration
	}{
		"chained: as long as the credentials":     {Chained, 0, h, h, 0},
		"chained, whatever is asked for":          {Chained, 8 * h, h, h, 0},
		"chained and nearly over":                 {Chained, 0, h, time.Minute, 0},
		"direct: as long as the credentials":      {Direct, 0, h, h, 0},
		"direct, asked for":                       {Direct, 8 * h, h, h, 8 * h},
		"direct, asked for less":                  {Direct, 15 * time.Minute, h, h, 15 * time.Minute},
		"direct, half spent: as long as new ones": {Direct, 0, 4 * h, 2*h - time.Second, 4 * h},
		"direct, not yet half spent":              {Direct, 0, 4 * h, 2 * h, 0},
		"direct, for more than there is":          {Direct, 13 * h, h, h, 12 * h},
		"direct, for less than there is":          {Direct, time.Minute, h, h, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := Lasting(row.lineage, row.asked, row.life, row.left)
			if got != row.want || why == "" {
				t.Errorf("%v %q", got, why)
			}
		})
	}
}
