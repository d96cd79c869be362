package advice

import "hatstand/cache"

func cacheError(err error) (answer, bool) {
	switch err.(type) {
	case *cache.UnavailableError:
		return answer{rank: unreachable, exit: Keyring}, true
	case *cache.PassphraseError, *cache.CorruptError, *cache.VaultError:
		return answer{rank: locked, exit: Keyring}, true
	case *cache.UnknownBackendError, *cache.MigrationError:
		return answer{rank: usage, exit: Usage}, true
	}
	return answer{}, false
}
