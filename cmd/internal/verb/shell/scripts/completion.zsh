function _hatstand {
  \local -a rest
  \local -i dashes=${words[(i)--]}
  if [[ ${words[2]-} == exec ]] && (( dashes < CURRENT )); then # a command line of its own
    words=("${(@)words[dashes+1,-1]}")
    (( CURRENT -= dashes ))
    _normal
    \return
  fi
  rest=("${(@Q)words[2,CURRENT-1]}")
  [[ ${words[1]:t} != hatstand-credential-process ]] || rest=(credential-process "${rest[@]}")
  __hatstand_suggest hatstand "${rest[@]}" "${(Q)PREFIX}"
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
