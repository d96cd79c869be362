# hat PROFILE: this shell wears the profile's role. hat: choose one. hat -: the one before. hat --off: none.
hat() {
  \local out to
  case ${1-} in
  --off)
    out=$(\command @HATSTAND@ env --unset --format sh) || \return
    to=
    ;;
  -)
    if [ -z "${_hat_before+known}" ]; then
      \printf '%s\n' 'hat: there was none before' >&2
      \return 2
    fi
    if [ -n "$_hat_before" ]; then
      hat "$_hat_before"
    else
      hat --off
    fi
    \return
    ;;
  -h | --help)
    \printf '%s\n' 'usage: hat PROFILE [flags of hatstand env] | hat | hat - | hat --off'
    \return
    ;;
  *)
    out=$(\command @HATSTAND@ env --format sh "$@") || \return
    ;;
  esac
  _hat_before=${HATSTAND_PROFILE-}
  \eval "$out"
}
