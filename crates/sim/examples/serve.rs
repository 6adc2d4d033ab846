//! The simulation alone, on a port: `serve [--accounts N] [--seed S] [--org FILE] [--faults FILE] [--listen ADDR] [--truth]`.
//!
//! `--truth` prints the truth table as JSON and does not listen.
#![allow(clippy::print_stdout, reason = "the address and the truth are this program's output")]

use std::error::Error;
use std::sync::Arc;

use orgsweep_sim::{Options, Simulation, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut accounts, mut seed, mut org, mut faults, mut listen, mut truth) = (40, 7, None, None, "127.0.0.1:0".to_owned(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--accounts" => accounts = value()?.parse()?,
            "--seed" => seed = value()?.parse()?,
            "--org" => org = Some(value()?),
            "--faults" => faults = Some(value()?),
            "--listen" => listen = value()?,
            "--truth" => truth = true,
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    let simulation = match org {
        Some(file) => Simulation::from_yaml(&std::fs::read_to_string(file)?)?,
        None => Simulation::generated(accounts, seed),
    };
    if let Some(file) = faults {
        simulation.set_faults(&std::fs::read_to_string(file)?)?;
    }
    if truth {
        println!("{}", serde_json::to_string(&simulation.truth())?);
        return Ok(());
    }
    let listener = TcpListener::bind(&listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let shutdown = CancellationToken::new();
    let mut serving = Box::pin(serve(Arc::new(simulation), listener, Options::default(), shutdown.clone()));
    tokio::select! {
        ended = &mut serving => ended?,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            shutdown.cancel();
            serving.await?;
        }
    }
    Ok(())
}
