package doctor

import (
	"maps"
	"slices"
	"testing"

	"hatstand/cmd/internal/reference"
)

// TestEachProgramSettingIsInTheReference holds the settings that doctor knows of [hatstand] to those that docs/config.md
// tells of.
func TestEachProgramSettingIsInTheReference(t *testing.T) {
	var listed []string
	for _, table := range reference.Settings() {
		if table.Section == reference.Program {
			for _, r := range table.Rows {
				listed = append(listed, r.Name)
			}
		}
	}
	slices.Sort(listed)
	if known := slices.Sorted(maps.Keys(programSettings())); !slices.Equal(known, listed) {
		t.Errorf("doctor knows\n%s\nand cmd/internal/reference has\n%s", known, listed)
	}
}
