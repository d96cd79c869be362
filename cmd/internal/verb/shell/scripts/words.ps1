# __hatstand_suggest PROGRAM AST CURSOR WORD BEFORE: what may stand in the place of the word at the cursor. BEFORE stands
# in the place of the program's name. The words are taken as they are written: nothing of the line is evaluated.
function __hatstand_suggest($program, $ast, $cursor, $word, $before) {
  $rest = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object {
    if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
  })
  $rest = @($before) + @($rest | Select-Object -Skip 1)
  $count = $rest.Count
  if ($word -eq '') { $count++ } # an empty argument may get lost on its way
  $found = 0
  $directive = 0
  & $program __words powershell $count @rest 2>$null | ForEach-Object {
    if ($_ -match '^:(\d+)$') { $directive = [int]$Matches[1] }
    elseif ($_) {
      $found++
      $name, $text = $_ -split "`t", 2
      if (-not $text) { $text = $name }
      $insert = $name
      if ($name -match '[\s''"`$;&|<>(){}@,#]') { $insert = "'" + ($name -replace "'", "''") + "'" }
      [System.Management.Automation.CompletionResult]::new($insert, $name, 'ParameterValue', $text)
    }
  }
  if ($found -eq 0 -and ($directive -band 4)) { '' } # no names of files
}
