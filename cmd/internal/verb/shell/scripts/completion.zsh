#compdef hatstand hatstand-credential-process
# The words are unquoted and nothing of them is evaluated.
function _hatstand {
  \local line directive=0 name
  \local -a rest names
  rest=("${(@Q)words[2,CURRENT-1]}")
  [[ ${words[1]:t} != hatstand-credential-process ]] || rest=(credential-process "${rest[@]}")
  for line in "${(@f)$(\command hatstand __complete "${rest[@]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
    ('') ;;
    (:*) directive=${line#:} ;;
    (*) name=${line%%$'\t'*}
      if [[ $line == *$'\t'* ]]; then
        names+=("${name//:/\\:}:${line#*$'\t'}")
      else
        names+=("${name//:/\\:}")
      fi ;;
    esac
  done
  [[ $PREFIX != -*=* ]] || compset -P '*='
  if (( $#names )); then
    if (( directive & 2 )); then
      _describe -t hatstand hatstand names -S ''
    else
      _describe -t hatstand hatstand names
    fi
  elif (( directive & 4 )); then
    \return 1
  else
    _files
  fi
}
if [[ ${funcstack[1]-} = _hatstand ]]; then
  _hatstand "$@"
elif (( ${+functions[compdef]} )); then
  \compdef _hatstand hatstand hatstand-credential-process
else # compinit comes later
  function _hatstand_register {
    \emulate -L zsh
    (( ${+functions[compdef]} )) || \return 0
    \compdef _hatstand hatstand hatstand-credential-process
    precmd_functions=("${(@)precmd_functions:#_hatstand_register}")
  }
  \typeset -ga precmd_functions
  precmd_functions+=(_hatstand_register)
fi
