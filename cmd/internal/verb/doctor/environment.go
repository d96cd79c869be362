package doctor

import (
	"context"

	"hatstand/cache/file"
	"hatstand/cmd/internal/app"
)

// checkEnvironment lists the variables that are set and count.
func (d Deps) checkEnvironment(context.Context) ([]finding, error) {
	var all []finding
	for _, v := range app.Variables(d.World) {
		f := finding{About: "environment", What: v.Name, State: stateNote, Text: v.Shown}
		if v.Readable {
			f.State, f.Text = stateWarning, f.Text+": what is sent there by plain http can be read and changed on the way"
			f.Hints = []string{"unset " + v.Name + ", or give an address with https"}
		}
		if v.Name == "HATSTAND_FILE_PASSPHRASE" {
			if why := file.WeakPassphrase(d.World.Getenv(v.Name)); why != "" {
				f.State, f.Text = stateWarning, "the passphrase "+why
			}
		}
		all = append(all, f)
	}
	return all, nil
}
