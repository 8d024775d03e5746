//! Against a small template.

use super::*;
use crate::yaml;

const TEMPLATE: &str = "
Parameters:
  Stage: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Runtime: provided.al2023
    MemorySize: 256
    Timeout: 10
    AutoPublishAlias: live
    Environment:
      Variables:
        LOG: info
        FORMAT: json
Resources:
  Draw:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub game-${Stage}-draw
      CodeUri: functions/draw
      MemorySize: !If [IsProd, 512, !Ref AWS::NoValue]
      Timeout: 28
      FunctionUrlConfig:
        AuthType: NONE
      Environment:
        Variables:
          FORMAT: text
          TABLE: !Ref Ops
          MACHINE: !Ref Saga
          GRACE: 60
      Policies:
        - !Ref Reads
        - Statement:
            - Effect: Allow
              Action: dynamodb:PutItem
              Resource: !GetAtt Ops.Arn
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/sweep
  Saga:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub game-${Stage}-saga
      Type: EXPRESS
      DefinitionUri: saga.json
      DefinitionSubstitutions:
        DrawArn: !Ref Draw.Alias
  Reads:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: ssm:GetParameters
            Resource: !Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${Stage}
  Ops:
    Type: AWS::DynamoDB::Table
    Properties: {}
";

fn deploy_text(template: &str) -> Result<Stack, Refusal> {
    let account = Account {
        id: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
        stack: "game".to_owned(),
    };
    let values = BTreeMap::from([("Stage".to_owned(), "dev".to_owned())]);
    let parameters = Parameters { values, without_limits: Vec::new() };
    deploy(&yaml::read(template)?, &account, &parameters)
}

#[test]
fn a_function_has_exactly_its_own_and_what_all_have() {
    let stack = deploy_text(TEMPLATE).unwrap();
    let [draw, sweep] = stack.functions.as_slice() else { panic!("{stack:?}") };
    let environment: Vec<_> =
        draw.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        environment,
        [
            ("FORMAT", "text"),
            ("GRACE", "60"),
            ("LOG", "info"),
            ("MACHINE", "arn:aws:states:us-east-1:000000000000:stateMachine:game-dev-saga"),
            ("TABLE", "game-Ops"),
        ]
    );
    assert_eq!((draw.name.as_str(), draw.timeout_s, draw.memory_mb), ("game-dev-draw", 28, 128));
    assert_eq!(draw.role.statements.len(), 2);
    assert_eq!(
        draw.role.statements[0]["Resource"],
        "arn:aws:ssm:us-east-1:000000000000:parameter/dev"
    );
    assert_eq!(
        draw.role.statements[1]["Resource"],
        "arn:aws:dynamodb:us-east-1:000000000000:table/game-Ops"
    );
    assert_eq!(
        draw.role.principal,
        "arn:aws:sts::000000000000:assumed-role/game-DrawRole/game-dev-draw"
    );
    assert_eq!((sweep.name.as_str(), sweep.timeout_s, sweep.memory_mb), ("game-Sweep", 10, 256));
    assert_eq!(sweep.environment.len(), 2);
    assert_eq!((draw.url, sweep.url), (Some(UrlAuth::Anyone), None));
    assert!(sweep.role.statements.is_empty());
}

#[test]
fn a_state_machine_calls_functions_by_their_alias() {
    let stack = deploy_text(TEMPLATE).unwrap();
    let [saga] = stack.state_machines.as_slice() else { panic!("{stack:?}") };
    assert_eq!(
        saga.substitutions["DrawArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:game-dev-draw:live"
    );
    assert_eq!(stack.tables["Ops"], "game-Ops");
}

#[test]
fn what_is_not_known_is_refused_by_name_and_place() {
    for (from, to, refusal) in [
        ("    Timeout: 10\n", "    Layers: [a]\n", "Draw: `Layers` is not known here"),
        ("MemorySize: 256", "SnapStart: {}", "Draw: `SnapStart` is not known here"),
        ("      Timeout: 28", "      Timeout: soon", "Draw.Timeout: \"soon\" is not a number"),
        ("AuthType: NONE", "AuthType: COGNITO", "Draw.FunctionUrlConfig: only an `AuthType`"),
        ("TABLE: !Ref Ops", "TABLE: !Ref Opps", "Draw.Environment.TABLE: Ref Opps has no value"),
        ("GRACE: 60", "GRACE: [60]", "Draw.Environment.GRACE: it is not a text"),
        ("- !Ref Reads", "- AdministratorAccess", "Draw.Policies: it is not a mapping"),
        ("- !Ref Reads", "- !Ref Ops", "Draw.Policies: `Ref` is not known here"),
        (
            "- !Ref Reads",
            "- SSMParameterReadPolicy: {ParameterName: a}",
            "Draw.Policies: `SSMParameterReadPolicy` is not known here",
        ),
        ("Type: EXPRESS", "Type: STANDARD", "Saga.Type: only EXPRESS is known here"),
        ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "Ref Ops has no value here"),
        ("    Properties: {}", "    Condition: IsProd", "Ops: `Condition` is not known here"),
        ("Globals:\n", "Rules: {}\nGlobals:\n", "the template: `Rules` is not known here"),
    ] {
        assert!(TEMPLATE.contains(from), "{from}");
        let error = deploy_text(&TEMPLATE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(refusal), "{to}: {error}");
    }
}
